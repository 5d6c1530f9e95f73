//! Command-line options.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{ErrorKind, Read as _, Write};
use std::path::{Path, PathBuf};

use destek::finding::{Locate, render};
use destek::limits;
use destek::policy::{self, Policy, PolicyDoc};

use super::{AGREES, Failure, UNUSABLE};

const HELP: &str = "\
Plays a week of messages to a small Turkish web shop, and counts it twice.

    cargo run --release --example shop_day -- [OPTIONS]

    --messages FILE   JSON lines, packed if the name ends in .gz   (default: examples/shop_day/messages.jsonl)
    --policy FILE     a policy in .toml or .json                   (default: examples/shop_day/policy.toml)
    --effects FILE    where to write what customers and team were told   (default: a temporary file)
    --json            print the figures as JSON, the same bytes each time
    --db FILE         keep the day in a database; needs the feature `sqlite`, which comes later
    --help            print this

A message is {\"id\", \"at\", \"channel\", \"customer\", \"subject\", \"text\", \"order\"}; only `text` is needed.
Exit code: 0 both counts agree, 1 they differ, 2 options, policy or files cannot be used.
";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) messages: PathBuf,
    policy: PathBuf,
    effects: Option<PathBuf>,
    pub(crate) json: bool,
}

/// Why there is nothing to play.
#[derive(Debug)]
pub(crate) enum Stop {
    Help,
    Wrong(String),
}

impl Stop {
    /// Says so, and with which code the program ends.
    pub(crate) fn tell(&self, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
        match self {
            Self::Help => {
                let _ = out.write_all(HELP.as_bytes());
                AGREES
            }
            Self::Wrong(why) => {
                let _ = writeln!(err, "error: {why}; `--help` lists the options");
                UNUSABLE
            }
        }
    }
}

/// Reads the options.
///
/// # Errors
/// When help is asked for, or an option is unknown, incomplete, or not possible yet.
pub(crate) fn read(arguments: &[OsString]) -> Result<Options, Stop> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join("shop_day");
    let mut options =
        Options { messages: home.join("messages.jsonl"), policy: home.join("policy.toml"), effects: None, json: false };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let shown = argument.to_string_lossy();
        let (name, mut given) = match shown.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(OsString::from(value))),
            None => (shown.into_owned(), None),
        };
        let mut file = || {
            let value = given.take().or_else(|| rest.next().cloned());
            value.map(PathBuf::from).ok_or_else(|| Stop::Wrong(format!("`{name}` needs a file")))
        };
        match name.as_str() {
            "--messages" => options.messages = file()?,
            "--policy" => options.policy = file()?,
            "--effects" => options.effects = Some(file()?),
            "--json" => options.json = true,
            "--help" | "-h" => return Err(Stop::Help),
            "--db" => {
                return Err(Stop::Wrong(
                    "`--db` needs the feature `sqlite`, which comes later; this version keeps the day in memory".into(),
                ));
            }
            unknown => return Err(Stop::Wrong(format!("`{unknown}` is no option"))),
        }
    }
    Ok(options)
}

impl Options {
    /// The policy, as a document and compiled.
    ///
    /// # Errors
    /// When the file cannot be read or is no policy; the text says where and what to do.
    pub(crate) fn policy(&self) -> Result<(PolicyDoc, Policy), Failure> {
        let (path, file) = (&self.policy, self.policy.display().to_string());
        let mut text = String::new();
        let most = limits::POLICY_BYTES_MAX as u64 + 1;
        let read = File::open(path).and_then(|source| source.take(most).read_to_string(&mut text));
        read.map_err(|error| format!("cannot read `{file}`: {error}"))?;
        match path.extension().and_then(OsStr::to_str) {
            Some("toml") => {
                let doc = policy::toml::read(&text).map_err(|error| error.render(&file, &text))?;
                compile(doc, &file, &text, &policy::toml::Places::of(&text))
            }
            Some("json") => {
                let doc = policy::json::read(&text).map_err(|error| error.render(&file, &text))?;
                compile(doc, &file, &text, &policy::json::Places::of(&text))
            }
            _ => Err(format!("`{file}` is no policy: give it the ending .toml or .json").into()),
        }
    }

    /// The notifier's file, and whether it is to be removed afterwards.
    pub(crate) fn effects(&self) -> (PathBuf, bool) {
        match &self.effects {
            Some(path) => (path.clone(), false),
            None => (temporary(), true),
        }
    }
}

/// A file that nobody else has: made here, so that two programs that draw the same name do not share it. Where none can
/// be made, opening it later says why.
fn temporary() -> PathBuf {
    loop {
        // The seeds of the standard library's hash maps are random, and nothing that is printed depends on the name.
        let random = RandomState::new().hash_one(std::process::id());
        let path = std::env::temp_dir().join(format!("destek-shop-day-{random:016x}.jsonl"));
        match File::create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            _ => return path,
        }
    }
}

fn compile(doc: PolicyDoc, file: &str, text: &str, places: &impl Locate) -> Result<(PolicyDoc, Policy), Failure> {
    match doc.compile() {
        Ok(policy) => Ok((doc, policy)),
        Err(errors) => {
            Err(format!("the policy cannot be used\n{}", render(file, text, errors.findings(), places)).into())
        }
    }
}
