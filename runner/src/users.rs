//! `runner user …`, `runner token …`, `runner audit …`: who may use the server, and what they did.

use std::io::{self, IsTerminal as _, Read as _};

use connector_core::Secret;
use serde_json::json;
use server::{Role, UserError};

use crate::cli::{AuditCommand, RoleArg, TokenCommand, UserCommand};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::{Output, counted};

/// More than any password, so that a wrong file is not read to its end.
const LONGEST_INPUT: u64 = 4_096;

/// Carries out a command on users; returns the exit code.
///
/// # Errors
/// `Usage` for a name or password that cannot be taken, else what the database says.
pub async fn user(context: &Context, command: UserCommand, output: Output) -> Result<u8> {
    let UserCommand::Add { name, role, password_stdin } = command;
    let role = match role {
        RoleArg::Admin => Role::Admin,
        RoleArg::Operator => Role::Operator,
        RoleArg::Viewer => Role::Viewer,
    };
    let password = if password_stdin { read_password()? } else { ask_password(&name)? };
    let user = server::add_user(&context.storage, &name, role, password).await.map_err(explain)?;
    output.show(&json!({ "id": user.id, "name": user.name, "role": user.role }), |_| {
        format!("Added user {} ({}). Next: runner token create {}", user.name, user.role, user.name)
    })?;
    Ok(0)
}

/// Carries out a command on tokens; returns the exit code.
///
/// # Errors
/// `Usage` when there is no such user, else what the database says.
pub async fn token(context: &Context, command: TokenCommand, output: Output) -> Result<u8> {
    let TokenCommand::Create { name, label } = command;
    let made = server::create_token(&context.storage, &name, &label).await.map_err(explain)?;
    let token = made.token.expose();
    output.show(&json!({ "id": made.id, "user": name, "token": token }), |_| token.to_owned())?;
    Ok(0)
}

/// Carries out a command on the audit log; returns the exit code.
///
/// # Errors
/// When the database fails.
pub async fn audit(context: &Context, command: AuditCommand, output: Output) -> Result<u8> {
    let AuditCommand::Verify = command;
    let proof = context.storage.verify_audit().await?;
    let broken = proof.broken.map(|(id, reason)| json!({ "id": id, "reason": reason }));
    let told =
        json!({ "ok": broken.is_none(), "entries": proof.entries, "head": proof.head, "broken": broken });
    output.show(&told, |_| match proof.broken {
        None => format!(
            "The audit log is whole: {}, the last with hash {}.",
            counted(proof.entries.unsigned_abs(), "entry", "entries"),
            proof.head
        ),
        Some((id, reason)) => format!("The audit log is broken at entry {id}: {reason}."),
    })?;
    Ok(u8::from(proof.broken.is_some()))
}

fn read_password() -> Result<Secret> {
    let mut text = String::new();
    let read = io::stdin().take(LONGEST_INPUT).read_to_string(&mut text);
    let password = Secret::new(text.strip_suffix('\n').unwrap_or(&text).trim_end_matches('\r'));
    match read {
        Ok(_) => Ok(password),
        Err(_) => Err(Error::usage("the password cannot be read", "give it as UTF-8 on standard input")),
    }
}

fn ask_password(name: &str) -> Result<Secret> {
    if !io::stdin().is_terminal() {
        return Err(Error::usage(
            "there is no terminal to ask for the password",
            "add --password-stdin and give it on standard input",
        ));
    }
    let ask = |prompt: String| {
        rpassword::prompt_password(prompt).map(Secret::new).map_err(|error| {
            Error::usage(format!("the password cannot be read: {error}"), "add --password-stdin")
        })
    };
    let password = ask(format!("Password for {name}: "))?;
    if ask("Once more: ".to_owned())? != password {
        return Err(Error::usage("the two passwords differ", "type the same one twice"));
    }
    Ok(password)
}

fn explain(error: UserError) -> Error {
    match error {
        UserError::Storage(error) => error.into(),
        UserError::Unknown(_) => Error::usage(error.to_string(), "add it: runner user add NAME --role ROLE"),
        UserError::Refused(_) => Error::usage(error.to_string(), "choose another"),
    }
}
