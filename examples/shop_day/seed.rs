//! What nobody said, made up: the same for the same input, on every machine.

use destek::channel::ChannelKind;
use destek::customer::RecordCustomer;
use destek::id::{CustomerId, Name, OrderId};
use destek::language::Language;
use destek::money::{Currency, Money};
use destek::order::{OrderCategory, RecordOrder};
use destek::policy::PolicyDoc;
use destek::time::{Span, Timestamp};

use super::Failure;
use super::input::Message;

/// Customers who write where a message does not say who does.
const CUSTOMERS: u64 = 400;
/// Days over which messages without a date are spread.
const DAYS: u64 = 7;
/// Where everything random begins.
const SEED: u64 = 0x5eed_0f5d_0a1d_a7e5;
/// Midnight before the first day: Thursday, 22 October 2026 in Istanbul.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_792_616_400_000);
/// How busy each hour of a day is in Istanbul.
const HOURS: [u32; 24] = [2, 1, 1, 1, 1, 1, 2, 4, 8, 16, 20, 20, 18, 16, 18, 18, 18, 16, 14, 14, 16, 14, 9, 4];
/// How much comes over each channel.
const CHANNELS: [u32; 5] = [32, 42, 9, 9, 8];

/// A small generator (splitmix64). Each question has a stream of its own, so that one more question here changes
/// nothing there.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream of a question about a thing.
    pub(crate) fn of(question: &str, thing: &str) -> Self {
        let bytes = question.bytes().chain([0]).chain(thing.bytes());
        // FNV-1a, to spread the bytes; the generator does the mixing.
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(hash ^ SEED)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below `end`; 0 where there is none.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        let drawn = self.next();
        if end == 0 { 0 } else { drawn % end }
    }

    pub(crate) const fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn minutes(&mut self, from: u64, to: u64) -> Span {
        let seconds = from * 60 + self.below((to - from) * 60 + 1);
        Span::seconds(i64::try_from(seconds).unwrap_or_default())
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let place = self.below(from.len() as u64);
        from.get(usize::try_from(place).unwrap_or_default())
    }

    /// The place of one of these weights, drawn as often as it weighs.
    pub(crate) fn weighted(&mut self, weights: impl IntoIterator<Item = u32> + Clone) -> usize {
        let total: u64 = weights.clone().into_iter().map(u64::from).sum();
        let mut left = self.below(total);
        for (place, weight) in weights.into_iter().enumerate() {
            if left < u64::from(weight) {
                return place;
            }
            left -= u64::from(weight);
        }
        0
    }

    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes());
        }
        bytes
    }
}

/// A message with nothing left to make up.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) line: u64,
    pub(crate) at: Timestamp,
    pub(crate) channel: ChannelKind,
    pub(crate) customer: CustomerId,
    pub(crate) subject: Option<String>,
    pub(crate) text: String,
    pub(crate) order: Option<OrderId>,
}

/// Makes up what the messages leave out, and puts them in the order in which they arrive.
///
/// # Errors
/// When a made-up key is none, which is a defect.
pub(crate) fn arrivals(messages: Vec<Message>) -> Result<Vec<Arrival>, Failure> {
    let mut arrivals = messages.into_iter().map(arrival).collect::<Result<Vec<_>, _>>()?;
    arrivals.sort_by_key(|arrival| (arrival.at, arrival.line));
    Ok(arrivals)
}

fn arrival(message: Message) -> Result<Arrival, Failure> {
    let line = message.line.to_string();
    let mut rng = Rng::of("message", &line);
    let Message { line, at, channel, customer, subject, text, order } = message;
    let made_up = customer.is_none();
    let (number, customer) = match customer {
        Some(customer) => (0, customer),
        None => {
            let number = zipf(&mut rng);
            (number, CustomerId::new(format!("m-{number:03}"))?)
        }
    };
    let order = match order {
        None if made_up && rng.percent(45) => Some(OrderId::new(format!("S-{number:03}-{}", rng.below(3) + 1))?),
        order => order,
    };
    let channel =
        channel.unwrap_or_else(|| ChannelKind::ALL.get(rng.weighted(CHANNELS)).copied().unwrap_or(ChannelKind::Chat));
    let at = at.unwrap_or_else(|| instant(&mut rng));
    Ok(Arrival { line, at, channel, customer, subject, text, order })
}

/// A customer's number from 1: the first writes twice as often as the second, three times as often as the third.
fn zipf(rng: &mut Rng) -> u64 {
    let weight = |number: u64| u32::try_from(1_000_000 / number).unwrap_or(1);
    rng.weighted((1..=CUSTOMERS).map(weight)) as u64 + 1
}

fn instant(rng: &mut Rng) -> Timestamp {
    let day = rng.below(DAYS);
    let hour = rng.weighted(HOURS) as u64;
    let seconds = day * 86_400 + hour * 3_600 + rng.below(3_600);
    START + Span::seconds(i64::try_from(seconds).unwrap_or_default())
}

/// What the shop knows of a customer: some are of a tier, some are new.
pub(crate) fn customer(id: &CustomerId, doc: &PolicyDoc) -> RecordCustomer {
    let mut rng = Rng::of("customer", id.as_str());
    let record = RecordCustomer::new(id.clone());
    let draw = rng.below(100);
    let raised = doc.tiers.iter().find(|tier| tier.raise > 0).map(|tier| tier.name.clone());
    let plain = doc.tiers.iter().find(|tier| tier.raise == 0).map(|tier| tier.name.clone());
    let tiered = |record: RecordCustomer, tier: Option<Name>| match tier {
        Some(tier) => record.tier(tier),
        None => record,
    };
    let record = match draw {
        0..7 => tiered(record.orders(30), raised),
        7..20 => tiered(record.orders(12), plain),
        20..45 => record.orders(u32::from(draw.is_multiple_of(2))),
        _ => record.orders(2 + u32::try_from(rng.below(8)).unwrap_or_default()),
    };
    // Those whom the shop knows to write in English; of others a rule of the policy may find out.
    if made_up(id) && rng.percent(30) { record.language(Language::English) } else { record }
}

fn made_up(id: &CustomerId) -> bool {
    id.as_str().starts_with("m-")
}

/// What the shop knows of an order.
///
/// # Errors
/// When a made-up name is none, which is a defect.
pub(crate) fn order(id: &OrderId, customer: &CustomerId) -> Result<RecordOrder, Failure> {
    let mut rng = Rng::of("order", id.as_str());
    let states = [
        (OrderCategory::Placed, "hazırlanıyor"),
        (OrderCategory::Shipped, "kargoda"),
        (OrderCategory::Delivered, "teslim edildi"),
        (OrderCategory::Cancelled, "iptal edildi"),
        (OrderCategory::Returned, "geri geldi"),
    ];
    let place = rng.weighted([20, 34, 36, 3, 7]);
    let (category, state) = states.get(place).copied().unwrap_or((OrderCategory::Placed, "hazırlanıyor"));
    let lira = if rng.percent(3) { 10_500 + rng.below(15_000) } else { 150 + rng.below(3_850) };
    let value = Money::new(i64::try_from(lira * 100).unwrap_or_default(), Currency::TRY);
    Ok(RecordOrder::new(id.clone(), customer.clone(), category, value).state(Name::new(state)?))
}
