//! The house itself: what the crate costs its users, and what it promises about its dependencies.
//!
//! Asked of cargo, which answers from what is downloaded already.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = include_str!("../../Cargo.toml");
const README: &str = include_str!("../../README.md");
const FRONT_PAGE: &str = include_str!("../../src/lib.rs");

/// What cargo prints; it must succeed.
fn cargo(args: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(args).args(["--offline", "--locked"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The packages that a user of the crate builds beside it, with these features.
fn packages(features: &[&str]) -> BTreeSet<String> {
    let mut args = vec!["tree", "-e", "normal,build", "--prefix", "none", "--format", "{p}"];
    args.extend(features);
    let tree = cargo(&args);
    let packages = tree.lines().map(|line| line.trim_end_matches(" (*)").to_owned());
    packages.filter(|package| !package.is_empty() && !package.starts_with("destek ")).collect()
}

/// The names of the features, in the order of Cargo.toml.
fn features() -> Vec<&'static str> {
    let section = MANIFEST.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    section.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect()
}

#[test]
fn the_core_costs_at_most_42_packages_and_the_defaults_52() {
    let (core, defaults) = (packages(&["--no-default-features"]), packages(&[]));
    assert!(core.iter().any(|package| package.starts_with("serde_json ")), "{core:?}");
    assert!(core.len() <= 42, "{} packages: {core:?}", core.len());
    assert!(defaults.len() <= 52, "{} packages: {defaults:?}", defaults.len());
}

#[test]
fn nobody_switches_on_a_clock() {
    for features in [&["--no-default-features"][..], &[], &["--all-features"]] {
        let mut args = vec!["tree", "-e", "normal,features", "--prefix", "none", "-i", "chrono"];
        args.extend(features);
        let tree = cargo(&args);
        assert!(tree.contains("chrono feature \"std\""), "{tree}");
        for off in ["clock", "now", "winapi", "iana-time-zone"] {
            assert!(!tree.contains(&format!("chrono feature \"{off}\"")), "{off} with {features:?}:\n{tree}");
        }
    }
}

#[test]
fn no_dependency_needs_a_newer_rust_than_the_crate_says() {
    let number = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    let own = MANIFEST.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    let used = packages(&["--all-features"]);
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = cargo(&["metadata", "--format-version", "1", "--all-features", "--filter-platform", host]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let name = format!("{} v{}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        if !used.iter().any(|used| *used == name || used.starts_with(&format!("{name} "))) {
            continue;
        }
        seen += 1;
        if let Some(wanted) = package["rust_version"].as_str() {
            assert!(number(wanted) <= number(own), "{name} needs Rust {wanted}, the crate promises {own}");
        }
    }
    assert_eq!(seen, used.len());
}

#[test]
fn every_feature_is_explained_where_it_is_declared() {
    let features = features();
    assert!(features.contains(&"default") && features.contains(&"json"), "{features:?}");
    for feature in features.into_iter().filter(|feature| *feature != "default") {
        let declared = MANIFEST.split(&format!("\n{feature} = ")).next().unwrap();
        assert!(declared.lines().last().unwrap().starts_with("# "), "`{feature}` has no comment in Cargo.toml");
    }
}

#[test]
fn every_feature_costs_what_readme_and_front_page_say() {
    let core = packages(&["--no-default-features"]);
    for (page, text) in [("README.md", README), ("src/lib.rs", FRONT_PAGE)] {
        assert!(text.contains(&format!(" {} packages", core.len())), "{page}: the core has {} packages", core.len());
        for feature in features().into_iter().filter(|feature| *feature != "default") {
            let row = text.lines().find(|line| line.contains(&format!("| `{feature}` |")));
            let row = row.unwrap_or_else(|| panic!("{page}: `{feature}` has no row"));
            let said: usize = row.split('|').nth(3).unwrap().trim().parse().unwrap();
            let with = packages(&["--no-default-features", "--features", feature]);
            assert_eq!(said, with.difference(&core).count(), "{page}: the price of `{feature}`");
        }
    }
}

#[test]
fn hosts_may_share_and_send_everything_that_the_shell_holds() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<destek::Desk>();
    shared::<destek::Policy>();
    shared::<destek::Request>();
    shared::<destek::desk::Needs>();
    shared::<destek::desk::Facts>();
    shared::<destek::desk::Decision>();
    shared::<destek::desk::Changes>();
    shared::<destek::desk::Receipt>();
    shared::<destek::desk::Rejection>();
    shared::<destek::store::Conflict>();
    shared::<destek::store::MemoryStore>();
    shared::<destek::store::memory::MemorySession>();
}

/// Where what people and hosts send is measured; each of its bounds is one that a shop can meet.
const MEASURED: [&str; 3] = ["src/ticket", "src/desk", "src/job"];

fn sources(under: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_number_of_things_that_is_refused_stands_in_the_manual() {
    let mut files = Vec::new();
    MEASURED.iter().for_each(|room| sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(room), &mut files));
    let mut named = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            // A check names its bound in the call; a refusal that is made by hand, a few lines off.
            let before = match (line.contains("at_most("), line.contains("TooMany {")) {
                (true, _) => 0,
                (false, true) => 5,
                (false, false) => continue,
            };
            let near = &lines[at.saturating_sub(before)..lines.len().min(at + 6)];
            let words = near.iter().flat_map(|line| line.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()));
            named.extend(words.filter(|word| word.ends_with("_MAX")).map(str::to_owned));
        }
    }
    assert!(named.contains("TAGS_MAX") && named.contains("LINKS_MAX"), "{named:?}");
    let page = include_str!("../../src/manual/limits.md");
    let untold: Vec<_> = named.iter().filter(|bound| !page.contains(&format!("limits::{bound})"))).collect();
    assert!(untold.is_empty(), "a row of `src/manual/limits.md` is missing for {untold:?}");
}

#[test]
fn the_manual_lists_every_right_and_every_table_of_a_policy() {
    let page = include_str!("../../src/manual/policy.md");
    for right in destek::actor::Right::ALL {
        assert!(page.contains(&format!("`{}`", right.as_str())), "no word of the right `{}`", right.as_str());
    }
    let doc = include_str!("../../src/policy/doc.rs");
    let fields = doc.split("pub struct PolicyDoc {").nth(1).unwrap().split("\n}").next().unwrap();
    let renamed = |lines: &[&str], field: &str| {
        let rename = lines
            .iter()
            .rev()
            .take_while(|line| !line.contains("pub "))
            .find_map(|line| line.split("rename = \"").nth(1));
        rename.and_then(|rest| rest.split('"').next()).unwrap_or(field).to_owned()
    };
    let lines: Vec<&str> = fields.lines().collect();
    let mut tables = 0;
    for (place, line) in lines.iter().enumerate() {
        let Some(field) = line.trim().strip_prefix("pub ").and_then(|rest| rest.split(':').next()) else { continue };
        let table = renamed(&lines[..place], field);
        tables += 1;
        let named = page.contains(&format!("`{table}`")) || page.contains(&format!("`{table}.NAME`"));
        assert!(named || table == "version", "no word of the table `{table}`");
    }
    assert!(tables > 15, "{tables}");
}
