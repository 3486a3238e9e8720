//! `runner connectors authorize`: a person grants access in a browser, and the row gets its tokens.

mod listener;

use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::Arc;
use std::time::Duration;

use connector_core::http::CredentialStore;
use connector_core::{Consent, Mode, Secret, time};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::account::{Account, open_account};
use crate::cli::AuthorizeArgs;
use crate::connection::connect;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::selection::select_one;

/// What came of it.
#[derive(Debug, Serialize)]
struct Authorized {
    id: i64,
    name: String,
    scopes: Vec<String>,
    /// Streams that the grant does not reach although the row asks for them.
    withheld: Vec<String>,
    /// Until when the grant lasts if nothing renews it.
    #[serde(skip_serializing_if = "Option::is_none")]
    lapses_at: Option<String>,
}

/// Carries out the command. Returns 0 when the row reaches all that it asks for, 1 when the platform granted less.
///
/// # Errors
/// `Usage` for a row that needs no consent and for an answer that is not this consent's, else what the platform says.
pub async fn run(context: &Context, args: AuthorizeArgs, output: Output) -> Result<u8> {
    let row = select_one(&context.storage.connectors().await?, &args.name)?;
    let account = open_account(context, &row).await?;
    let state = new_state();
    let Some(consent) = account.connector.consent(&state) else {
        return Err(Error::usage(
            format!("{} needs no consent in a browser: its secrets are all it takes", row.platform),
            format!("runner connectors check {}", row.name),
        ));
    };
    if account.mode != Mode::Api {
        return Err(Error::usage(
            format!("connector {:?} is in fixture mode and calls no platform", row.name),
            format!("runner connectors set {} --mode api", row.name),
        ));
    }
    context.ensure_key()?;
    let code = obtain_code(context, &account, &consent, &state, &args, output).await?;
    let credentials: Arc<dyn CredentialStore> = Arc::new(context.storage.dry_session(row.id));
    let client = connect(&account, Some(credentials), CancellationToken::new(), |transport| transport)?;
    let credential = client.redeem(&code).await?;
    let mut withheld = Vec::new();
    let mut fixes = Vec::new();
    for stream in account.connector.spec().streams {
        if let Err(error) = client.withheld(stream).await {
            withheld.push(format!("{}: {error}", stream.name));
            fixes.push(error.fix().to_owned());
        }
    }
    let authorized = Authorized {
        id: row.id,
        name: row.name.clone(),
        scopes: credential.scopes.clone(),
        withheld,
        lapses_at: credential.refresh_expires_at.map(time::kst_text),
    };
    output.show(&authorized, |authorized| {
        let mut text = format!("{} may now read: {}.\n", authorized.name, authorized.scopes.join(", "));
        for (line, fix) in authorized.withheld.iter().zip(&fixes) {
            text.push_str(&format!("Less than the row asks for: {line}\n  fix: {fix}\n"));
        }
        if let Some(lapses_at) = &authorized.lapses_at {
            text.push_str(&format!("Each run renews the grant; without any it lapses at {lapses_at}.\n"));
        }
        text.push_str(&format!("Next: runner connectors check {}\n", authorized.name));
        text
    })?;
    Ok(u8::from(!authorized.withheld.is_empty()))
}

/// Nobody can guess it.
fn new_state() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn obtain_code(
    context: &Context,
    account: &Account,
    consent: &Consent,
    state: &str,
    args: &AuthorizeArgs,
    output: Output,
) -> Result<Secret> {
    let row = &account.row;
    if let Some(given) = &args.code {
        let noted = context.storage.consent_state(row.id).await?;
        return typed(given, noted.as_deref());
    }
    // The answer may be handed to another call of this command.
    context.storage.set_consent_state(row.id, state).await?;
    let listener = match listener::place(&consent.redirect_uri) {
        Some(place) => Some(listener::bind(&place).await?),
        None => None,
    };
    output.note(&format!(
        "Open this address, sign in as the mall's main operator and confirm:\n{}",
        consent.address
    ))?;
    if let Some(listener) = listener {
        output.note(&format!("Waiting for the answer at {} …", consent.redirect_uri))?;
        let wait = Duration::from_secs(args.timeout);
        let query = tokio::time::timeout(wait, listener.answer()).await.map_err(|_| {
            Error::usage(
                format!("nobody confirmed within {} s", wait.as_secs()),
                format!("repeat, or pass the code: runner connectors authorize {} --code CODE", row.name),
            )
        })??;
        return answered(&query, Some(state));
    }
    let next = format!("runner connectors authorize {} --code 'ADDRESS'", row.name);
    if !io::stdin().is_terminal() {
        return Err(Error::usage(
            format!("the answer goes to {}, where this program cannot listen", consent.redirect_uri),
            format!("open the address above, then pass the address that the browser ends at: {next}"),
        ));
    }
    output.note("The browser ends at an address with code=…: paste that address (or the code) here:")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    typed(line.trim(), Some(state))
}

/// A code as a person gives it: by itself, or as the whole address that the browser ended at.
fn typed(text: &str, state: Option<&str>) -> Result<Secret> {
    let text = text.trim();
    match text.split_once('?') {
        Some((_, query)) => answered(query, state),
        None if text.is_empty() => Err(Error::usage("the code is empty", "pass what stands after code=")),
        None => Ok(Secret::new(text)),
    }
}

/// The code of an answer, once it is proved to be an answer to this very consent.
fn answered(query: &str, state: Option<&str>) -> Result<Secret> {
    let parameters: Vec<(String, String)> =
        url::form_urlencoded::parse(query.split('#').next().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let get = |name: &str| {
        parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    if state.is_none_or(|state| get("state") != state) {
        return Err(Error::usage(
            "the answer's state is not the one of this consent: it belongs to another attempt, or is forged",
            "start over: runner connectors authorize NAME",
        ));
    }
    let refusal = get("error");
    if !refusal.is_empty() {
        return Err(refused(refusal, get("error_description")));
    }
    match get("code") {
        "" => Err(Error::usage("the answer holds no code", "start over: runner connectors authorize NAME")),
        code => Ok(Secret::new(code)),
    }
}

/// The refusals that OAuth 2.0 names: RFC 6749, section 4.1.2.1.
fn refused(word: &str, description: &str) -> Error {
    let clean = |text: &str| crate::output::printable(&text.chars().take(200).collect::<String>());
    let fix = match word {
        "invalid_scope" => {
            "register every scope of the row's setting scope on the app, or take it out: `runner connectors set NAME \
             --set scope=…`; then authorize again"
        }
        "access_denied" => "authorize again, and confirm as the mall's main operator",
        _ => "check client_id, redirect_uri and scope against the app's registration; then authorize again",
    };
    let message = match description {
        "" => format!("the platform refused the consent: {}", clean(word)),
        description => format!("the platform refused the consent: {} ({})", clean(word), clean(description)),
    };
    connector_core::Error::new(connector_core::ErrorKind::Permission, message).with_fix(fix).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_must_bear_the_state_of_this_consent() {
        let code = answered("code=abc%2B1&state=s1", Some("s1")).expect("ours");
        assert_eq!(code.expose(), "abc+1");
        for (query, state) in
            [("code=abc&state=s2", Some("s1")), ("code=abc", Some("s1")), ("code=abc&state=s1", None)]
        {
            let error = answered(query, state).expect_err(query);
            assert!(error.to_string().contains("state"), "{error}");
        }
        assert!(answered("state=s1", Some("s1")).is_err(), "no code");
    }

    #[test]
    fn a_refusal_is_told_with_its_fix() {
        let error = answered("error=invalid_scope&error_description=The+scope&state=s", Some("s"))
            .expect_err("refused");
        assert!(error.to_string().contains("invalid_scope (The scope)"), "{error}");
        assert!(error.fix().contains("scope"), "{}", error.fix());
    }

    #[test]
    fn a_code_is_taken_by_itself_or_within_its_address() {
        assert_eq!(typed(" abc ", None).expect("a code").expose(), "abc");
        let address = "https://shop.example/back?code=abc&state=s#_";
        assert_eq!(typed(address, Some("s")).expect("ours").expose(), "abc");
        assert!(typed(address, Some("t")).is_err());
        assert!(typed("", None).is_err());
    }
}
