use proptest::prelude::*;

use super::*;
use crate::finding::Finding;
use crate::limits;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn statuses(text: &str) -> Vec<StatusDoc> {
    let status = |word: &str| {
        let (name, category) = word.split_once('=').unwrap();
        let category = Category::ALL.into_iter().find(|known| known.as_str() == category).unwrap();
        StatusDoc::new(Name::new(name).unwrap(), category)
    };
    text.split_whitespace().map(status).collect()
}

/// `a,b>c d>a`: from a and b to c, from d to a.
fn transitions(text: &str) -> Vec<TransitionDoc> {
    let transition = |word: &str| {
        let (from, to) = word.split_once('>').unwrap();
        TransitionDoc::new(from.split(',').map(name).collect(), name(to))
    };
    text.split_whitespace().map(transition).collect()
}

fn faults(status: &str, transition: &str) -> Vec<Finding> {
    Workflow::compile(&statuses(status), &transitions(transition)).unwrap_err()
}

fn found(status: &str, transition: &str) -> Vec<(&'static str, String)> {
    faults(status, transition).into_iter().map(|finding| (finding.code, finding.path.to_string())).collect()
}

const SHOP: &str = "yeni=new açık=open depoda=open kargoda=hold çözüldü=resolved kapandı=closed";
const WAYS: &str = "yeni,kargoda,çözüldü,kapandı>açık yeni,kargoda>depoda açık,depoda>kargoda \
                    açık,depoda,kargoda>çözüldü çözüldü>kapandı";

#[test]
fn the_default_has_the_natural_ways() {
    let natural = [
        ("new", "open hold resolved closed spam"),
        ("open", "hold resolved closed spam"),
        ("hold", "open resolved closed spam"),
        ("resolved", "open closed"),
        ("closed", "open"),
        ("spam", "open"),
    ];
    let workflow = Workflow::default();
    assert_eq!(workflow.initial(), &Status::plain(Category::New));
    for (from, reached) in natural {
        let to: Vec<&str> = workflow
            .transitions()
            .iter()
            .filter(|edge| edge.from.as_str() == from)
            .map(|edge| edge.to.name.as_str())
            .collect();
        assert_eq!(to.join(" "), reached, "{from}");
    }
    assert_eq!(Workflow::compile(&[], &[]), Ok(workflow), "the default is sound");
}

#[test]
fn names_of_a_shop_without_ways_get_every_natural_one() {
    let workflow = Workflow::compile(&statuses(SHOP), &[]).unwrap();
    let step = |from: &str, to, named: Option<&str>| {
        workflow.step(&name(from), to, named.map(name).as_ref()).map(|step| step.to.name.to_string())
    };
    assert_eq!(step("yeni", Category::Open, None).unwrap(), "açık");
    assert_eq!(step("yeni", Category::Open, Some("depoda")).unwrap(), "depoda");
    assert_eq!(step("açık", Category::Spam, None).unwrap(), "spam", "left out, and there all the same");
    assert_eq!(step("spam", Category::Open, None).unwrap(), "açık");
    assert!(matches!(step("kapandı", Category::Hold, None), Err(Refusal::NoTransition { to: None, .. })));
}

#[test]
fn a_wait_may_become_another_wait() {
    let workflow = Workflow::compile(&statuses(&format!("{SHOP} müşteride=hold")), &[]).unwrap();
    let held = workflow.step(&name("kargoda"), Category::Hold, None).unwrap();
    assert_eq!(held.to.name.as_str(), "müşteride", "and never itself");
}

#[test]
fn the_first_declared_way_wins_without_a_name() {
    let shop = Workflow::compile(&statuses(SHOP), &transitions(&format!("kargoda>depoda {WAYS}"))).unwrap_err();
    assert_eq!(shop.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["duplicate_transition"]);
    let ways = WAYS.replace("yeni,kargoda>depoda", "").replace("yeni,kargoda,", "yeni,");
    let workflow =
        Workflow::compile(&statuses(SHOP), &transitions(&format!("kargoda>depoda kargoda>açık {ways}"))).unwrap();
    let step = workflow.step(&name("kargoda"), Category::Open, None).unwrap();
    assert_eq!(step.to, Status::new(name("depoda"), Category::Open));
    let unknown = workflow.step(&name("kargoda"), Category::Open, Some(&name("kargoda")));
    let expected = Refusal::UnknownStatus { status: name("kargoda"), category: Category::Open };
    assert_eq!(unknown, Err(expected), "a status of another category");
    let no_way = workflow.step(&name("yeni"), Category::Open, Some(&name("depoda")));
    let expected = Refusal::NoTransition { from: name("yeni"), to: Some(name("depoda")), category: Category::Open };
    assert_eq!(no_way, Err(expected));
}

#[test]
fn a_way_keeps_what_it_demands() {
    let mut ways = transitions(WAYS);
    ways.push(TransitionDoc::new(vec![name("açık")], name("kapandı")).right(Right::Close).requires(name("neden")));
    let workflow = Workflow::compile(&statuses(SHOP), &ways).unwrap();
    let step = workflow.step(&name("açık"), Category::Closed, None).unwrap();
    assert_eq!((step.right, step.requires.as_slice()), (Some(Right::Close), &[name("neden")][..]));
}

#[test]
fn a_status_of_an_earlier_policy_has_a_counterpart() {
    let workflow = Workflow::compile(&statuses(SHOP), &[]).unwrap();
    for (old, category, own) in
        [("depoda", Category::Open, "depoda"), ("depoda", Category::Hold, "kargoda"), ("open", Category::Open, "açık")]
    {
        assert_eq!(workflow.counterpart(&Status::new(name(old), category)).name.as_str(), own);
    }
}

#[test]
fn every_kind_of_fault_is_found_at_its_place() {
    let bare = "new=new open=open hold=hold resolved=resolved closed=closed";
    let ways = "new,hold,resolved>open open>hold open>resolved resolved>closed";
    assert_eq!(Workflow::compile(&statuses(bare), &transitions(ways)).err(), None);
    let with = |more: &str| format!("{ways} {more}");
    for (status, transition, code, path) in [
        ("new=new open=open resolved=resolved closed=closed", String::new(), "missing_category", "status"),
        (&format!("{bare} open=open"), String::new(), "duplicate_status", "status[5].name"),
        (&format!("{bare} spam=hold"), String::new(), "misleading_name", "status[5].name"),
        (bare, with("opn>closed"), "unknown_status", "transition[4].from[0]"),
        (bare, with("open,new>clsed"), "unknown_status", "transition[4].to"),
        (bare, with("new,open>open"), "duplicate_transition", "transition[4].from[0]"),
        (bare, with("open>open"), "same_status", "transition[4].from[0]"),
        (bare, with("open,closed>new"), "no_verb", "transition[4].from[0]"),
        (bare, with("closed>hold"), "no_verb", "transition[4].from[0]"),
        (&format!("{bare} depo=hold"), with(""), "unreachable_status", "status[5].name"),
        (&format!("{bare} ilk=new"), String::new(), "unreachable_status", "status[5].name"),
        (bare, ways.replace("hold,", "") + " hold>resolved", "missing_transition", "status[2].name"),
        (bare, ways.replace("new,", "") + " new>hold", "missing_transition", "status[0].name"),
        (bare, ways.replace("resolved>closed", "open>closed"), "missing_transition", "status[3].name"),
        (bare, ways.replace(",resolved>open", ">open"), "missing_transition", "status[3].name"),
        (bare, ways.replace("open>resolved", "new>resolved"), "never_closed", "status[1].name"),
        (&format!("{bare} spam=spam"), with("open>spam"), "missing_transition", "status[5].name"),
    ] {
        let found = found(status, &transition);
        assert!(found.contains(&(code, path.to_owned())), "{status} | {transition}: {found:?}");
        for Finding { message, help, .. } in faults(status, &transition) {
            assert!(help.is_some() && !message.ends_with('.'), "{message}");
        }
    }
    let near = &faults(bare, &with("opn>closed"))[0];
    assert!(near.message.contains("`opn`") && near.help.as_deref() == Some("did you mean `open`?"), "{near}");
}

#[test]
fn a_trap_is_one_finding_that_names_its_statuses() {
    let status = "new=new open=open hold=hold wait=hold resolved=resolved closed=closed spam=spam";
    let ways = "new>open open>resolved resolved>open resolved>closed open>hold hold>resolved new>wait spam>open";
    let caught = faults(status, ways);
    let codes: Vec<_> = caught.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["trap", "missing_transition", "unreachable_status"], "{caught:?}");
    assert!(caught[0].message.contains("`wait`") && !caught[0].message.contains("`hold`"));
}

#[test]
fn spam_is_an_end_and_no_way_to_close() {
    let status = "new=new open=open hold=hold resolved=resolved closed=closed spam=spam";
    let ways = "new>open hold>open resolved>open resolved>closed open>spam spam>open new>hold new>resolved";
    assert_eq!(
        found(status, ways),
        [("never_closed", "status[1].name".to_owned()), ("never_closed", "status[2].name".to_owned())]
    );
}

#[test]
fn statuses_and_ways_are_bounded() {
    let many: Vec<StatusDoc> =
        (0..=limits::STATUSES_MAX).map(|i| StatusDoc::new(name(&format!("s{i}")), Category::Open)).collect();
    let caught = Workflow::compile(&many, &transitions("a>b")).unwrap_err();
    assert_eq!(caught.len(), 1, "{caught:?}");
    assert!(caught[0].message.contains("65") && caught[0].message.contains("64"));
    let ways =
        vec![TransitionDoc::new(vec![name("new"); limits::STATUSES_MAX], name("open")); limits::STATUSES_MAX + 1];
    let caught = Workflow::compile(&[], &ways).unwrap_err();
    assert_eq!((caught.len(), caught[0].code, caught[0].path.to_string().as_str()), (1, "too_many", "transition"));
}

#[test]
fn documents_read_what_they_write() {
    let json = r#"{"from":["open","hold"],"to":"closed","right":"close","requires":["neden"]}"#;
    let doc: TransitionDoc = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&doc).unwrap(), json);
    assert!(serde_json::from_str::<StatusDoc>(r#"{"name":"a","category":"open","x":1}"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2_000), failure_persistence: None, ..ProptestConfig::default() })]

    /// What compiles has no dead end, judged by walking rather than by a graph library.
    #[test]
    fn every_ticket_of_a_sound_workflow_can_be_closed(
        categories in proptest::collection::vec(0..6_usize, 0..6),
        ways in proptest::collection::vec((0..12_usize, 0..12_usize), 0..40),
    ) {
        let all = (0..6).chain(categories);
        let status: Vec<StatusDoc> =
            all.enumerate().map(|(i, c)| StatusDoc::new(name(&format!("s{i}")), Category::ALL[c])).collect();
        let pick = |i: usize| status[i % status.len()].name.clone();
        let mut ways: Vec<TransitionDoc> =
            ways.into_iter().map(|(from, to)| TransitionDoc::new(vec![pick(from)], pick(to))).collect();
        // Enough of a frame that many of them are sound.
        for (from, to) in [(0, 1), (1, 2), (2, 1), (1, 3), (3, 1), (3, 4), (1, 5), (5, 1)] {
            ways.push(TransitionDoc::new(vec![pick(from)], pick(to)));
        }
        ways.retain(|way| {
            let category = |name: &Name| status.iter().find(|doc| doc.name == *name).unwrap().category;
            way.from[0] != way.to && is_natural(category(&way.from[0]), category(&way.to))
        });
        ways.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        ways.dedup();
        let compiled = Workflow::compile(&status, &ways);
        let sound = status.iter().all(|doc| {
            let is_spam = |name: &Name| status.iter().any(|s| s.name == *name && s.category == Category::Spam);
            let reached = |from: &Name, through_spam: bool| {
                let mut seen = vec![from.clone()];
                let mut next = 0;
                while let Some(at) = seen.get(next).cloned() {
                    next += 1;
                    if is_spam(&at) && !through_spam {
                        continue;
                    }
                    for way in ways.iter().filter(|way| way.from[0] == at) {
                        if !seen.contains(&way.to) {
                            seen.push(way.to.clone());
                        }
                    }
                }
                seen
            };
            let closes = reached(&doc.name, false).iter().any(|n| status.iter().any(|s| s.name == *n && s.category == Category::Closed));
            let leads = |category: Category| {
                ways.iter().any(|way| way.from[0] == doc.name && status.iter().any(|s| s.name == way.to && s.category == category))
            };
            let needed = match doc.category {
                Category::New | Category::Hold | Category::Spam => leads(Category::Open),
                Category::Resolved => leads(Category::Closed) && leads(Category::Open),
                _ => true,
            };
            reached(&status[0].name, true).contains(&doc.name) && needed && (closes || !doc.category.is_active())
        });
        prop_assert_eq!(compiled.is_ok(), sound, "{:?}", compiled);
    }
}
