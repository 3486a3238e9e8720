//! The OpenAPI document and its reader.

use serde_json::Value;

use crate::place::Server;

#[test]
fn the_document_is_as_it_was_agreed() {
    let server = Server::on_sqlite();
    let mut document = server.nobody().get("/openapi.json").expect(200);
    assert!(
        document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")),
        "{}",
        document["openapi"]
    );
    document["info"]["version"] = "[version]".into();
    insta::assert_json_snapshot!("openapi", document);
}

#[test]
fn every_operation_says_what_it_does_and_what_can_go_wrong() {
    let server = Server::on_sqlite();
    let document = server.nobody().get("/openapi.json").expect(200);
    let resolves = |reference: &str| document.pointer(reference.trim_start_matches('#')).is_some();
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        assert!(resolves(&reference), "{reference} leads nowhere");
    }
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let name = format!("{method} {path}");
            for member in ["summary", "operationId", "tags", "responses", "security"] {
                assert!(operation.get(member).is_some(), "{name} has no {member}");
            }
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
            for (status, response) in responses {
                // One or the other, or readers of the document are at a loss.
                assert_ne!(
                    response.get("$ref").is_some(),
                    response.get("description").is_some(),
                    "{name} {status}"
                );
            }
            if operation["security"] != serde_json::json!([]) {
                assert!(responses.contains_key("401") && responses.contains_key("429"), "{name}");
            }
            if operation.get("requestBody").is_some() {
                for status in ["400", "413", "415", "422"] {
                    assert!(responses.contains_key(status), "{name} {status}");
                }
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let text = parameter["description"].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{name}: {parameter}");
            }
        }
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                references.push(reference.to_owned());
            }
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[test]
fn the_reader_needs_nothing_from_elsewhere() {
    let server = Server::on_sqlite();
    let nobody = server.nobody();
    let page = nobody.send("GET", "/api/v1/docs/", &[], "");
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy").is_some_and(|policy| policy.contains("script-src 'self'"))
    );
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{}", page.text);
    let named = page.text.split(['"', '\'']).filter(|text| text.ends_with(".js") || text.ends_with(".css"));
    let mut count = 0;
    for file in named {
        count += 1;
        let path = format!("/api/v1/docs/{}", file.trim_start_matches("./"));
        assert_eq!(nobody.send("GET", &path, &[], "").status, 200, "{path}");
    }
    assert!(count >= 3, "{}", page.text);
    let start = nobody.send("GET", "/api/v1/docs/swagger-initializer.js", &[], "").text;
    assert!(start.contains("/api/v1/openapi.json"), "{start}");
    nobody.send("GET", "/api/v1/docs/nothing.js", &[], "").problem(404);
    assert_eq!(nobody.send("GET", "/api/v1/docs", &[], "").status, 308);
}
