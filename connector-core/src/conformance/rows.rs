//! Finding and changing rows in the platform's JSON, without knowing its shape.

use serde_json::Value;

/// One step down into JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(String),
    Item(usize),
}

/// A way from a value to one inside it.
pub(super) type Path = Vec<Step>;

/// `productOrder.shippingAddress.tel1`
pub(super) fn name(path: &[Step]) -> String {
    let names: Vec<String> = path
        .iter()
        .map(|step| match step {
            Step::Member(name) => name.clone(),
            Step::Item(index) => index.to_string(),
        })
        .collect();
    names.join(".")
}

/// The ways to all scalars, in the order of the text.
pub(super) fn leaves(value: &Value) -> Vec<(Path, Value)> {
    let mut found = Vec::new();
    collect(value, &mut Vec::new(), &mut found);
    found
}

fn collect(value: &Value, path: &mut Path, found: &mut Vec<(Path, Value)>) {
    let mut enter = |step: Step, inner: &Value| {
        path.push(step);
        collect(inner, path, found);
        path.pop();
    };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, inner)| enter(Step::Member(name.clone()), inner));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| enter(Step::Item(index), inner));
        }
        scalar => found.push((path.clone(), scalar.clone())),
    }
}

/// The value at the end of the way.
pub(super) fn at<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get_mut(name),
        Step::Item(index) => value.get_mut(index),
    })
}

/// Takes the value at the end of the way out of its object; in a list it becomes `null`.
pub(super) fn remove(value: &mut Value, path: &[Step]) {
    let Some((last, way)) = path.split_last() else { return };
    match (at(value, way), last) {
        (Some(Value::Object(members)), Step::Member(name)) => drop(members.remove(name)),
        (Some(Value::Array(items)), Step::Item(index)) => items[*index] = Value::Null,
        _ => {}
    }
}

/// Which values count as rows.
#[derive(Clone, Debug)]
pub(super) enum Row {
    /// The object that was kept as the record's own.
    Whole(Value),
    /// The innermost object that holds the key, where it is no part of a record's own object.
    Listed { key: String, wholes: Vec<Value> },
}

impl Row {
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Whole(whole) => value == whole,
            Self::Listed { key, .. } => value
                .as_object()
                .is_some_and(|members| members.values().any(|member| member.as_str() == Some(key))),
        }
    }

    fn ends_at(&self, value: &Value) -> bool {
        matches!(self, Self::Listed { wholes, .. } if wholes.contains(value))
    }
}

/// Applies `edit` to every such row in `body`; returns how many there were.
pub(super) fn edit_rows(body: &mut Value, row: &Row, edit: &dyn Fn(&mut Value)) -> usize {
    if row.ends_at(body) {
        return 0;
    }
    if row.is(body) {
        edit(body);
        return 1;
    }
    match body {
        Value::Object(members) => members.values_mut().map(|inner| edit_rows(inner, row, edit)).sum(),
        Value::Array(items) => items.iter_mut().map(|inner| edit_rows(inner, row, edit)).sum(),
        _ => 0,
    }
}

/// Applies `edit` to every list that holds such a row, with the row's place; returns how many there were.
pub(super) fn edit_lists(body: &mut Value, row: &Row, edit: &dyn Fn(&mut Vec<Value>, usize)) -> usize {
    if row.ends_at(body) || row.is(body) {
        return 0;
    }
    match body {
        Value::Object(members) => members.values_mut().map(|inner| edit_lists(inner, row, edit)).sum(),
        Value::Array(items) => {
            // A row may stand in its list as a whole, or wrapped in an object of its own.
            let holds = |item: &Value| count(item, row) > 0 && count_lists(item, row) == 0;
            match items.iter().position(holds) {
                Some(index) => {
                    edit(items, index);
                    1
                }
                None => items.iter_mut().map(|inner| edit_lists(inner, row, edit)).sum(),
            }
        }
        _ => 0,
    }
}

/// How many such rows `body` holds.
pub(super) fn count(body: &Value, row: &Row) -> usize {
    edit_rows(&mut body.clone(), row, &|_| {})
}

fn count_lists(body: &Value, row: &Row) -> usize {
    edit_lists(&mut body.clone(), row, &|_, _| {})
}

/// Applies `edit` to every object.
pub(super) fn edit_objects(value: &mut Value, edit: &dyn Fn(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|inner| edit_objects(inner, edit));
            edit(members);
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| edit_objects(inner, edit)),
        _ => {}
    }
}

/// Replaces every text below members of these names; returns how many.
pub(super) fn plant(value: &mut Value, names: &[&str], below: bool, make: &dyn Fn() -> String) -> usize {
    match value {
        Value::Object(members) => members
            .iter_mut()
            .map(|(name, inner)| plant(inner, names, below || names.contains(&name.as_str()), make))
            .sum(),
        Value::Array(items) => items.iter_mut().map(|inner| plant(inner, names, below, make)).sum(),
        Value::String(text) if below => {
            *text = make();
            1
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_found_whole_and_listed() {
        let whole = json!({"id": "k1", "sum": 3});
        let body =
            json!({"data": [{"id": "k1", "at": 1}, {"content": {"id": "k1", "sum": 3}}, {"id": "k2"}]});
        assert_eq!(count(&body, &Row::Whole(whole.clone())), 1);
        let listed = Row::Listed { key: "k1".into(), wholes: vec![whole] };
        assert_eq!(count(&body, &listed), 1);
        let mut removed = body.clone();
        assert_eq!(edit_lists(&mut removed, &listed, &|items, index| drop(items.remove(index))), 1);
        assert_eq!(removed["data"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn leaves_can_be_visited_changed_and_removed() {
        let mut value = json!({"a": {"b": [1, "two"]}, "c": null});
        let names: Vec<String> = leaves(&value).iter().map(|(path, _)| name(path)).collect();
        assert_eq!(names, ["a.b.0", "a.b.1", "c"]);
        let paths: Vec<Path> = leaves(&value).into_iter().map(|(path, _)| path).collect();
        *at(&mut value, &paths[0]).unwrap() = json!(7);
        remove(&mut value, &paths[2]);
        assert_eq!(value, json!({"a": {"b": [7, "two"]}}));
        let planted = plant(&mut value, &["b"], false, &|| "x".into());
        assert_eq!((planted, value), (1, json!({"a": {"b": [7, "x"]}})));
    }
}
