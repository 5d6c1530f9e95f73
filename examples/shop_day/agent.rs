//! What agents and leads do with a ticket that they have: answer, ask back, wait for the carrier, hand over, give,
//! write notes, resolve.

use destek::actor::Actor;
use destek::channel::ChannelKind;
use destek::desk::Rejection;
use destek::id::{MessageId, Name, QueueId, TicketId};
use destek::language::Language;
use destek::money::Money;
use destek::policy::FieldKind;
use destek::team::Presence;
use destek::ticket::{
    Bond, Category, ContactCategory, FieldInput, Follow, Grant, Hold, HoldKind, MarkSpam, Note, Prioritize, Refusal,
    Reply, Resolve, SetField, Tag, Take, Ticket, Transfer, Unassign,
};
use destek::time::Span;
use destek::{Command, priority::Grade};

use super::Failure;
use super::seed::Rng;
use super::shop::Answer;
use super::simulate::{Play, Step, id_bits};

/// What has been done about a ticket, so that nothing is done twice.
#[derive(Debug, Default)]
pub(crate) struct Course {
    visits: u64,
    said: u64,
    moved: bool,
    asked: bool,
    away: bool,
    gave: bool,
    alarmed: bool,
    impatient: bool,
    pub(crate) held_up: u32,
    parted: bool,
    /// Not written down yet.
    pub(crate) worked: Span,
    pub(crate) refused: bool,
}

/// Tags of the policies at hand under which an agent recognises what is no request.
const SPAM_TAGS: [&str; 2] = ["istenmeyen", "spam"];

impl Play {
    /// How long it takes until somebody turns to a ticket.
    pub(crate) fn reaction(&self, ticket: TicketId, fresh: bool) -> Result<Span, Failure> {
        let state = self.shop.look(ticket)?;
        let channel = state.as_deref().and_then(|state| state.ticket()).map(|ticket| ticket.channel().kind);
        let mut rng = Rng::of("reaction", &format!("{ticket} {}", self.shop.now));
        Ok(match channel {
            Some(ChannelKind::Chat) => Span::seconds(15 + i64::from(rng.percent(50)) * 30) + rng.minutes(0, 1),
            Some(ChannelKind::Phone) => Span::seconds(10),
            _ if fresh => rng.minutes(2, 12),
            _ => rng.minutes(3, 25),
        })
    }

    /// A worker turns to a ticket.
    pub(crate) fn work(&mut self, place: usize, id: TicketId) -> Result<(), Failure> {
        let now = self.shop.now;
        let Some(desk) = self.desks.get_mut(place) else { return Ok(()) };
        if desk.presence != Presence::Available {
            desk.parked.insert(id);
            return Ok(());
        }
        if now < desk.busy_until {
            let at = desk.busy_until + Span::seconds(1);
            self.plan(at, Step::Work(place, id));
            return Ok(());
        }
        desk.called.remove(&id);
        if desk.problem == Some(id) {
            // That has its own time.
            return Ok(());
        }
        let worker = desk.worker.id.clone();
        let state = self.shop.look(id)?;
        let Some(ticket) = state.as_deref().and_then(|state| state.ticket()) else { return Ok(()) };
        if ticket.assignee() != Some(&worker) || !ticket.category().is_workable() {
            return Ok(());
        }
        let course = self.courses.entry(id).or_default();
        course.visits += 1;
        let visit = course.visits;
        let mut rng = Rng::of("work", &format!("{id} {visit}"));
        let busy = match ticket.channel().kind {
            ChannelKind::Chat => rng.minutes(1, 3),
            ChannelKind::Phone => rng.minutes(3, 9),
            _ => rng.minutes(3, 11),
        };
        course.worked += busy;
        if let Some(desk) = self.desks.get_mut(place) {
            desk.busy_until = now + busy;
        }
        let actor = Actor::Agent(worker);
        if visit == 1 && self.first_look(place, &actor, ticket, &mut rng)? {
            return Ok(());
        }
        self.part_of(&actor, ticket)?;
        let live = ticket.channel().kind == ChannelKind::Chat;
        if ticket.waiting_since().is_some() || visit == 1 {
            self.say(&actor, ticket, &mut rng)?;
            if live || rng.percent(25) {
                // A chat goes on for a while; some letters want a second look.
                let after = if live { rng.minutes(6, 16) } else { rng.minutes(30, 200) };
                self.call(place, id, after);
                return Ok(());
            }
        }
        self.write_down(&actor, id)?;
        self.decide(place, &actor, ticket, &mut rng)
    }

    /// Sometimes the last message is about something else.
    fn part_of(&mut self, actor: &Actor, ticket: &Ticket) -> Result<(), Failure> {
        let Some(message) = self.notebook.last_words.get(&ticket.id()).copied() else { return Ok(()) };
        let course = self.courses.entry(ticket.id()).or_default();
        let plain = ticket.links().is_empty() && ticket.split_from().is_none() && ticket.absorbed().is_empty();
        let again = ticket.messages() > 2 && ticket.waiting_since().is_some() && !course.parted;
        if plain && again && Rng::of("part", &message.to_string()).percent(5) {
            course.parted = true;
            self.part(actor, ticket, message)?;
        }
        Ok(())
    }

    /// What only a first look brings: spam, a wrong queue, a note. Whether nothing is left to do here.
    fn first_look(&mut self, place: usize, actor: &Actor, ticket: &Ticket, rng: &mut Rng) -> Result<bool, Failure> {
        let id = ticket.id();
        if ticket.tags().iter().any(|tag| SPAM_TAGS.contains(&tag.as_str())) {
            return Ok(self.shop.ask(actor.clone(), MarkSpam::new(id))?.is_done());
        }
        if self.look_for_twin(place, actor, ticket, &mut Rng::of("twin", &id.to_string()))? {
            return Ok(true);
        }
        if rng.percent(6)
            && let Some(queue) = self.other_queue(ticket, rng)
        {
            self.note(actor, id, "Konu başka bir ekibin, devrediyorum.")?;
            if let Some(course) = self.courses.get_mut(&id).filter(|course| !course.moved) {
                course.moved = true;
                return Ok(self.shop.ask(actor.clone(), Transfer::new(id, queue))?.is_done());
            }
        }
        if rng.percent(20) {
            self.note(actor, id, "Müşterinin geçmişine baktım; sipariş kaydı doğru görünüyor.")?;
        }
        if rng.percent(4) {
            self.shop.ask(actor.clone(), Prioritize::new(id).urgency(Grade::High))?;
        }
        if rng.percent(10) {
            self.shop.ask(actor.clone(), Tag::new(id).add(Name::new("takip")?))?;
        }
        Ok(false)
    }

    fn other_queue(&self, ticket: &Ticket, rng: &mut Rng) -> Option<QueueId> {
        let others = self.shop.policy().queues().iter().map(|queue| &queue.id);
        let others: Vec<&QueueId> = others.filter(|queue| Some(*queue) != ticket.queue()).collect();
        rng.pick(&others).map(|queue| (*queue).clone())
    }

    /// What becomes of a ticket whose customer has been answered.
    fn decide(&mut self, place: usize, actor: &Actor, ticket: &Ticket, rng: &mut Rng) -> Result<(), Failure> {
        let (id, now) = (ticket.id(), self.shop.now);
        let category = ticket.kind().category;
        let course = self.courses.entry(id).or_default();
        let owed = matches!(category, ContactCategory::Request | ContactCategory::Complaint);
        if category != ContactCategory::Praise && !course.asked && rng.percent(12) {
            course.asked = true;
            let hold = Hold::new(id, HoldKind::Customer).until(now + Span::hours(48));
            self.shop.ask(actor.clone(), hold.reason("Müşteriden fotoğraf ve fatura istendi."))?;
            return Ok(());
        }
        if owed && !course.away && rng.percent(20) {
            course.away = true;
            let hold = Hold::new(id, HoldKind::ThirdParty).until(now + rng.minutes(90, 2_900));
            let hold = hold.reason("Kargo firmasına soruldu, yanıt bekleniyor.");
            let hold = match self.status(Category::Hold, 1) {
                Some(status) => hold.status(status),
                None => hold,
            };
            self.shop.ask(actor.clone(), hold)?;
            return self.remember_to_call(place, actor, id);
        }
        let behind = ticket.links().to(Bond::IncidentOf).next();
        if behind.is_some() && !course.away {
            course.away = true;
            let hold = Hold::new(id, HoldKind::ThirdParty).until(now + Span::hours(40));
            self.shop.ask(actor.clone(), hold.reason("Genel aksaklığın giderilmesi bekleniyor."))?;
            return Ok(());
        }
        if !ticket.approvals().is_empty() && !std::mem::replace(&mut course.impatient, rng.percent(7)) {
            // Patience ends some time; then the question is void.
            self.call(place, id, rng.minutes(50, 150));
            return Ok(());
        }
        if owed && !course.gave && rng.percent(40) {
            course.gave = true;
            if !self.give(place, actor, ticket, rng)? {
                self.call(place, id, rng.minutes(60, 200));
                return Ok(());
            }
        }
        self.resolve(place, actor, ticket, rng)
    }

    /// The shop's own status of a category, by its place among those; none where there are not so many.
    fn status(&self, category: Category, place: usize) -> Option<Name> {
        let statuses = self.shop.doc.statuses.iter().filter(|status| status.category == category);
        statuses.map(|status| status.name.clone()).nth(place)
    }

    /// Gives the customer something; what is above the agent's authority is asked for. Whether nothing is waited for.
    fn give(&mut self, place: usize, actor: &Actor, ticket: &Ticket, rng: &mut Rng) -> Result<bool, Failure> {
        let grants: Vec<(Name, Money)> = self.grants_of(place);
        let Some((grant, limit)) = rng.pick(&grants).cloned() else { return Ok(true) };
        // Mostly within what an agent may give, sometimes for a lead, rarely above what anybody may.
        let share = match rng.below(100) {
            0..44 => 10 + rng.below(90),
            44..94 => 110 + rng.below(390),
            _ => 1_050 + rng.below(900),
        };
        let minor = limit.minor().saturating_mul(i64::try_from(share).unwrap_or(100)) / 100;
        let amount = Money::new(minor, limit.currency());
        let wish = Grant::new(ticket.id(), grant.clone(), amount).reason("Yaşanan aksaklık için.");
        match self.shop.ask(actor.clone(), wish)? {
            Answer::Done(_) => self.granted(&grant, amount),
            Answer::Refused(Rejection::Ticket(Refusal::AboveAuthority { .. })) => {
                return Ok(!self.ask_approval(actor, ticket, (grant, amount))?);
            }
            Answer::Refused(_) => {}
        }
        Ok(true)
    }

    pub(crate) fn granted(&mut self, grant: &Name, amount: Money) {
        self.granted.entry(grant.to_string()).or_default().push(amount);
    }

    /// What the worker's role may give, each with its largest amount in its first currency.
    fn grants_of(&self, place: usize) -> Vec<(Name, Money)> {
        let roles = self.desks.get(place).map(|desk| &desk.worker.record.roles);
        let roles = roles.into_iter().flatten().filter_map(|role| self.shop.policy().role(role));
        let grants = roles.flat_map(|role| &role.grants);
        grants.filter_map(|(grant, limits)| Some((grant.clone(), limits.first().copied()?))).collect()
    }

    /// The lead of the first team of a ticket's queue, else somebody who leads.
    pub(crate) fn lead_of(&self, ticket: &Ticket) -> Option<usize> {
        let queue = ticket.queue().and_then(|queue| self.shop.policy().queue(queue))?;
        let leads = |team| {
            move |place: &usize| {
                self.desks.get(*place).is_some_and(|desk| desk.worker.lead && desk.worker.record.teams.contains(team))
            }
        };
        queue.teams.iter().find_map(|team| (0..self.desks.len()).find(leads(team)))
    }

    /// Says that it is done, in the status that fits; what the workflow asks for is filled in first.
    fn resolve(&mut self, place: usize, actor: &Actor, ticket: &Ticket, rng: &mut Rng) -> Result<(), Failure> {
        let wish = match self.own_resolution(ticket) {
            Some(status) => Resolve::new(ticket.id()).status(status),
            None => Resolve::new(ticket.id()),
        };
        match self.shop.ask(actor.clone(), wish)? {
            Answer::Refused(Rejection::Ticket(Refusal::MissingFields { fields })) => {
                let mut filled = true;
                for field in fields {
                    let Some(value) = self.value(&field, rng) else { return Ok(()) };
                    filled &= self.shop.ask(actor.clone(), SetField::new(ticket.id(), field).value(value))?.is_done();
                }
                if filled {
                    return self.resolve(place, actor, ticket, rng);
                }
            }
            Answer::Refused(Rejection::Ticket(Refusal::OpenTasks { .. })) => {
                if !self.work_off(actor, ticket, rng)? {
                    self.call(place, ticket.id(), rng.minutes(30, 120));
                    return Ok(());
                }
                return self.resolve(place, actor, ticket, rng);
            }
            Answer::Refused(Rejection::Ticket(Refusal::Blocked { by, .. })) => {
                self.held_up(place, actor, ticket.id(), &by)?;
            }
            Answer::Refused(Rejection::Ticket(Refusal::OpenChildren { .. })) => {
                self.held_up(place, actor, ticket.id(), &[])?;
            }
            Answer::Done(_) => self.choose(place)?,
            Answer::Refused(_) => {}
        }
        Ok(())
    }

    /// A resolved status that asks for a field which bears the name of the ticket's kind: returns have one.
    fn own_resolution(&self, ticket: &Ticket) -> Option<Name> {
        let kind = ticket.kind().name.as_str();
        let asks = |to: &Name| {
            let mut edges = self.shop.doc.transitions.iter().filter(|edge| edge.to == *to);
            edges.any(|edge| edge.requires.iter().any(|field| field.as_str().starts_with(kind)))
        };
        let resolved = self.shop.doc.statuses.iter().filter(|status| status.category == Category::Resolved);
        resolved.map(|status| &status.name).find(|name| asks(name)).cloned()
    }

    fn value(&self, field: &Name, rng: &mut Rng) -> Option<FieldInput> {
        let field = self.shop.doc.fields.iter().find(|declared| declared.name == *field)?;
        Some(match field.holds {
            FieldKind::Choice => FieldInput::Choice(rng.pick(&field.options)?.clone()),
            FieldKind::Flag => FieldInput::Flag(true),
            FieldKind::Number => FieldInput::Number(1),
            FieldKind::Text => FieldInput::Text("belirtilmedi".into()),
            FieldKind::Date => FieldInput::Date(self.shop.now.to_datetime().date_naive()),
            _ => return None,
        })
    }

    pub(crate) fn message(&mut self, ticket: TicketId) -> MessageId {
        MessageId::from_u128(self.fresh(ticket))
    }

    /// The bits of an id that nothing else has.
    pub(crate) fn fresh(&mut self, ticket: TicketId) -> u128 {
        let course = self.courses.entry(ticket).or_default();
        course.said += 1;
        // The ticket's number among the ids of its instant keeps messages of two tickets apart.
        let low = u64::try_from(ticket.as_u128() & u128::from(u64::MAX)).unwrap_or_default();
        id_bits(self.shop.now, (1 << 63) | (low << 16) | course.said)
    }

    fn note(&mut self, actor: &Actor, ticket: TicketId, text: &str) -> Result<(), Failure> {
        let message = self.message(ticket);
        self.shop.ask(actor.clone(), Note::new(ticket, message, text))?;
        Ok(())
    }

    fn say(&mut self, actor: &Actor, ticket: &Ticket, rng: &mut Rng) -> Result<(), Failure> {
        let message = self.message(ticket.id());
        let answers = answers(ticket.kind().category, ticket.language());
        let text = rng.pick(answers).copied().unwrap_or("Merhaba, hemen bakıyorum.");
        self.shop.ask(actor.clone(), Reply::new(ticket.id(), message, text))?;
        Ok(())
    }

    /// A promise was broken: the lead takes what nobody has, or looks over the shoulder of who has it.
    pub(crate) fn alarm(&mut self, id: TicketId) -> Result<(), Failure> {
        let state = self.shop.look(id)?;
        let Some(ticket) = state.as_deref().and_then(|state| state.ticket()) else { return Ok(()) };
        let Some(place) = self.lead_of(ticket) else { return Ok(()) };
        let course = self.courses.entry(id).or_default();
        let (first, worker) = (!std::mem::replace(&mut course.alarmed, true), self.desks.get(place));
        let Some(desk) = worker.filter(|desk| first && desk.presence == Presence::Available) else { return Ok(()) };
        let (actor, full) = (Actor::Agent(desk.worker.id.clone()), desk.own.len() >= 6);
        if ticket.assignee().is_none() && ticket.category().is_workable() && !full {
            self.shop.ask(actor, Take::new(id))?;
            return Ok(());
        }
        let wishes: [Command; 2] =
            [Follow::new(id, true).into(), Note::new(id, self.message(id), "Süre aşıldı; takip ediyorum.").into()];
        for wish in wishes {
            self.shop.ask(actor.clone(), wish)?;
        }
        Ok(())
    }

    /// Whoever goes home gives back the tickets in which somebody waits for an answer.
    pub(crate) fn give_back(&mut self, place: usize) -> Result<(), Failure> {
        let Some(desk) = self.desks.get(place) else { return Ok(()) };
        let (actor, own) = (Actor::Agent(desk.worker.id.clone()), desk.own.clone());
        for id in own {
            let state = self.shop.look(id)?;
            let waits = state
                .as_deref()
                .and_then(|state| state.ticket())
                .is_some_and(|ticket| ticket.category().is_workable() && ticket.waiting_since().is_some());
            if waits {
                self.shop.ask(actor.clone(), Unassign::new(id))?;
            }
        }
        Ok(())
    }
}

fn answers(category: ContactCategory, language: Language) -> &'static [&'static str] {
    match (language, category) {
        (Language::Turkish, ContactCategory::Question) => &[
            "Merhaba, siparişinize baktım: bugün dağıtıma çıkıyor. Başka bir sorunuz olursa yazın.",
            "Merhaba, sorunuzu ilgili arkadaşımla netleştirdim. Ürün sayfasına da ekliyoruz.",
        ],
        (Language::Turkish, ContactCategory::Request) => &[
            "Merhaba, talebinizi aldım ve işleme koydum. İade kodunuzu birazdan göreceksiniz.",
            "Merhaba, dediğiniz gibi düzelttim; onay iletisi yolda.",
        ],
        (Language::Turkish, ContactCategory::Complaint) => &[
            "Yaşadığınız için özür dilerim. Konuyu ben üstlendim, çözülene kadar takip edeceğim.",
            "Haklısınız, böyle olmamalıydı. Yenisini bugün yola çıkarıyoruz.",
        ],
        (Language::Turkish, ContactCategory::Suggestion) => &["Fikriniz için sağ olun, ürün ekibine ilettim."],
        (Language::Turkish, ContactCategory::Praise) => &["Güzel sözleriniz için teşekkürler, ekiple paylaştım."],
        (_, ContactCategory::Question) => &[
            "Hello, I have looked into it: your order leaves today. Just write if anything else comes up.",
            "Hello, I have checked with a colleague, and we are adding the answer to the product page.",
        ],
        (_, ContactCategory::Request) => &["Hello, I have taken care of it. You will see the code in a minute."],
        (_, ContactCategory::Complaint) => &["I am sorry about this. I have taken it over and will see it through."],
        (_, ContactCategory::Suggestion) => &["Thank you for the idea, I have passed it on."],
        (_, ContactCategory::Praise) => &["Thank you for your kind words, I have shared them with the team."],
    }
}
