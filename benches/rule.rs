//! What reading a message costs: folding it once, then asking it many questions.
//!
//! Targets on one core of a quiet machine, on a message of about 1,000 letters:
//!
//! - `text/fold`: below 20 microseconds, some 50 MB a second; it happens once per message.
//! - `rule/match/500_routes_of_10_words`: below 1 millisecond although nothing matches: a shop with five thousand
//!   keywords must not feel them (law 17).
//! - `text/thanks`: below 10 microseconds.

use criterion::{Criterion, criterion_group, criterion_main};
use destek::rule::{Condition, Matcher, Subject};
use destek::text::{Thanks, fold, is_thanks};

fn message() -> String {
    let sentence = "Merhaba, geçen hafta aldığım kazağın bedeni olmadı ve İADE etmek istiyorum; kargoyu kim ödüyor? ";
    sentence.repeat(10)
}

/// Routes of which none matches, so that every one of them has to be asked.
fn routes() -> Vec<Matcher> {
    let words = |route: usize| (0..10).map(move |word| format!("\"sözcük{route}x{word}*\""));
    let read = |route| {
        let text = format!("{{\"text\": [{}]}}", words(route).collect::<Vec<_>>().join(", "));
        serde_json::from_str::<Condition>(&text).ok()?.compile().ok()
    };
    (0..500).filter_map(read).collect()
}

fn all(c: &mut Criterion) {
    let (text, routes, thanks) = (message(), routes(), Thanks::default());
    let body = fold(&text);
    let subject = Subject::new().text(&body);
    c.bench_function("text/fold", |bench| bench.iter(|| fold(&text)));
    c.bench_function("text/thanks", |bench| bench.iter(|| is_thanks(&body, &thanks)));
    c.bench_function("rule/match/500_routes_of_10_words", |bench| {
        bench.iter(|| routes.iter().filter(|route| route.matches(&subject)).count());
    });
}

criterion_group!(benches, all);
criterion_main!(benches);
