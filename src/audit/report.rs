//! What a check of the chains found, in words.

use super::INSTALLATION;
use super::seal::hex;
use crate::db::types::AccountId;
use std::fmt;

/// Faults told in full, per chain; the rest are counted.
const FAULTS_TOLD: usize = 20;

/// Chains told one by one, sound ones and faulty ones each; the rest are counted.
const CHAINS_TOLD: u64 = 1_000;

/// What a chain does not prove. Printed with every report, so that nobody reads more into "sound" than is there.
pub const LIMITS: &str = "\
What this does not prove: whoever has the secret of this installation can write a chain anew, and it will verify. \
Events that wait for their seal are not yet protected. A chain cut back to an earlier event together with its head, or \
removed as a whole, cannot be told from the database alone: compare the number and the last seal of each chain with \
those in the log (\"audit events sealed\"), kept where this installation cannot change it. And a chain proves what was \
recorded, not that everything was.";

/// What was found in one chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// The account, or the installation.
    pub chain: AccountId,
    /// Events with a place in the chain.
    pub sealed: u64,
    /// Events that wait for it: the unsealed tail.
    pub unsealed: u64,
    /// Sealed events whose personal data have been erased.
    pub erased: u64,
    /// Number and seal of the last event, if there is one.
    pub last: Option<(i64, Vec<u8>)>,
    /// How much is wrong.
    pub faults: u64,
    /// The first 20 faults, each a sentence.
    pub told: Vec<String>,
}

impl ChainReport {
    pub(super) const fn new(chain: AccountId) -> Self {
        Self {
            chain,
            sealed: 0,
            unsealed: 0,
            erased: 0,
            last: None,
            faults: 0,
            told: Vec::new(),
        }
    }

    /// All events of the chain.
    pub const fn events(&self) -> u64 {
        self.sealed + self.unsealed
    }

    /// Whether nothing is wrong.
    pub const fn is_sound(&self) -> bool {
        self.faults == 0
    }

    pub(super) fn fault(&mut self, sentence: String) {
        self.faults += 1;
        if self.told.len() < FAULTS_TOLD {
            self.told.push(sentence);
        }
    }
}

impl fmt::Display for ChainReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.chain == INSTALLATION {
            f.write_str("installation")?;
        } else {
            write!(f, "{}", self.chain)?;
        }
        let state = if self.is_sound() {
            "sound"
        } else {
            "NOT SOUND"
        };
        write!(
            f,
            ": {state}; {} {}, {} sealed, {} waiting",
            self.events(),
            events(self.events()),
            self.sealed,
            self.unsealed
        )?;
        if self.erased > 0 {
            write!(f, ", personal data erased in {}", self.erased)?;
        }
        if let Some((seq, seal)) = &self.last {
            write!(f, "; last: {seq} {}", hex(seal))?;
        }
        for fault in &self.told {
            write!(f, "\n  - {fault}")?;
        }
        let told = u64::try_from(self.told.len()).unwrap_or(u64::MAX);
        match self.faults.saturating_sub(told) {
            0 => Ok(()),
            more => write!(f, "\n  - and {more} more of this chain"),
        }
    }
}

/// What was found in all chains. Holds the first 1,000 sound and the first 1,000 faulty chains, and counts the rest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Chains checked.
    pub chains: u64,
    /// Chains in which something is wrong.
    pub faulty: u64,
    /// Events with a place in a chain.
    pub sealed: u64,
    /// Events that wait for it.
    pub unsealed: u64,
    /// The chains one by one, in the order of their ids.
    pub told: Vec<ChainReport>,
}

impl Report {
    /// Whether nothing is wrong anywhere. Says no more than [`LIMITS`] allows.
    pub const fn is_sound(&self) -> bool {
        self.faulty == 0
    }

    pub(super) fn add(&mut self, chain: ChainReport) {
        self.chains += 1;
        self.sealed += chain.sealed;
        self.unsealed += chain.unsealed;
        let alike = if chain.is_sound() {
            self.chains - self.faulty
        } else {
            self.faulty += 1;
            self.faulty
        };
        if alike <= CHAINS_TOLD {
            self.told.push(chain);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chain in &self.told {
            writeln!(f, "{chain}")?;
        }
        let told = u64::try_from(self.told.len()).unwrap_or(u64::MAX);
        if self.chains > told {
            writeln!(f, "and {} more chains", self.chains - told)?;
        }
        let chains = if self.chains == 1 { "chain" } else { "chains" };
        let all = self.sealed + self.unsealed;
        write!(
            f,
            "\n{} {chains}, {all} {}, {} waiting for their seal: ",
            self.chains,
            events(all),
            self.unsealed
        )?;
        if self.is_sound() {
            writeln!(f, "sound.")?;
        } else {
            writeln!(f, "NOT SOUND, {} with faults.", self.faulty)?;
        }
        write!(f, "\n{LIMITS}")
    }
}

const fn events(count: u64) -> &'static str {
    if count == 1 { "event" } else { "events" }
}
