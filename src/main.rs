//! Subcommands only; the work is in the library.

use clap::{Args, Parser, Subcommand};
use std::process::ExitCode;
use tenantry::commands::seed::Sizes;
use tenantry::commands::{self, Failed};

/// A page takes and gives back hundreds of small pieces of memory; the system's way with them costs a tenth of its processor
/// time more (`docs/decisions.md`).
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted portal for accounts, organizations, projects, people and roles.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the portal (also without any subcommand)
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Print a new setup link for a portal that is not set up yet
    SetupLink,
    /// Print the settings in force and where each comes from
    CheckConfig,
    /// Fill an empty installation with two small companies to look at
    Demo,
    /// Fill an empty installation with a large, repeatable data set
    Seed(Seed),
    /// Measure how many people can sign in on this machine in a second
    HashRate,
    /// End the lock of somebody's sign-in
    Unlock {
        /// The email address that they sign in with
        address: String,
    },
    /// Make another account the home of somebody's login
    MoveHome {
        /// The email address that they sign in with
        address: String,
        /// The account, as it stands in addresses: `acme` of `/accounts/acme`
        account: String,
    },
    /// The audit log
    Audit {
        #[command(subcommand)]
        what: AuditCommand,
    },
}

#[derive(Args)]
struct Seed {
    /// Users of all accounts together; a tenth of them in the account Acme
    #[arg(long, default_value_t = 10_000)]
    users: u64,
    /// Organizations of all accounts together [default: one for ten users]
    #[arg(long)]
    organizations: Option<u64>,
    /// Accounts [default: one for five organizations]
    #[arg(long)]
    accounts: Option<u64>,
    /// Everybody's password
    #[arg(long, default_value = "correct horse battery staple")]
    password: String,
}

impl Seed {
    fn sizes(&self) -> Sizes {
        let organizations = self.organizations.unwrap_or((self.users / 10).max(2));
        Sizes {
            accounts: self.accounts.unwrap_or((organizations / 5).max(1)),
            organizations,
            users: self.users,
        }
    }
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Prove that no audit event was altered or taken out
    Verify,
}

fn main() -> ExitCode {
    let command = Cli::parse().command.unwrap_or(Command::Serve);
    start_log();
    let done = match command {
        Command::Serve => commands::serve::run(),
        Command::Migrate => commands::migrate::run(),
        Command::SetupLink => commands::setup_link::run(),
        Command::CheckConfig => commands::check_config::run(),
        Command::Demo => commands::demo::run(),
        Command::Seed(seed) => commands::seed::run(seed.sizes(), &seed.password),
        Command::HashRate => commands::hash_rate::run(),
        Command::Unlock { address } => commands::unlock::run(&address),
        Command::MoveHome { address, account } => commands::move_home::run(&address, &account),
        Command::Audit {
            what: AuditCommand::Verify,
        } => commands::audit::verify(),
    };
    match done {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(Failed::Refused(lines)) => {
            lines.iter().for_each(|line| eprintln!("tenantry: {line}"));
            ExitCode::from(2)
        }
        Err(Failed::Broke(why)) => {
            eprintln!("tenantry: {why}");
            ExitCode::FAILURE
        }
    }
}

/// JSON lines on standard error, as much as TENANTRY_LOG says.
fn start_log() {
    let wanted = commands::config().map_or_else(|_| "info".to_owned(), |config| config.log);
    let filter = tracing_subscriber::EnvFilter::try_new(&wanted).unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
