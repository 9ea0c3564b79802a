//! Names that stand twice in one object of JSON: a browser would keep the last member, and lose the
//! others without a word.

use std::collections::HashSet;

use super::digits::string_len;

/// As much of a name as a message shows.
const SHOWN_LEN: usize = 40;

/// Refuses valid JSON in which a name stands twice in one object.
pub(super) fn check_names(json: &str) -> Result<(), String> {
    let mut open: Vec<HashSet<String>> = Vec::new();
    let mut rest = json;
    while let Some(start) = rest.find(['"', '{', '}']) {
        rest = rest.get(start..).unwrap_or_default();
        let mut len = 1;
        if rest.starts_with('{') {
            open.push(HashSet::new());
        } else if rest.starts_with('}') {
            open.pop();
        } else {
            len = string_len(rest);
            let (text, behind) = rest.split_at_checked(len).unwrap_or((rest, ""));
            if behind.trim_ascii_start().starts_with(':')
                && let Some(names) = open.last_mut()
            {
                let name: String = serde_json::from_str(text).unwrap_or_else(|_| text.to_owned());
                let shown: String = name.chars().take(SHOWN_LEN).collect();
                if !names.insert(name) {
                    return Err(format!(
                        "the name `{shown}` stands twice in one object, of which a browser keeps one: give them different names"
                    ));
                }
            }
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(())
}
