//! Pairs of one's own, as TRL reads them: a JSON object a line, with `prompt` and `completion`, or with `messages` of a user and an
//! assistant.

use serde::Deserialize;

use crate::protocol::tuning::Pair;

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Pair { prompt: Text, completion: Text },
    Conversation { messages: Vec<Message> },
}

/// A text, or the only message of a list, as conversational pairs have it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Messages(Vec<Message>),
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

/// Reads pairs, one a line; empty lines are passed over.
///
/// # Errors
/// Which line cannot be read, and why, as a sentence.
pub fn from_jsonl(text: &str) -> Result<Vec<Pair>, String> {
    let lines = text.trim_start_matches('\u{FEFF}').lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let pairs: Vec<Pair> =
        lines.map(|(line, number)| pair(line).map_err(|reason| format!("Line {number} {reason}"))).collect::<Result<_, _>>()?;
    if pairs.is_empty() {
        Err("There are no pairs in it: write one JSON object a line, with “prompt” and “completion”.".into())
    } else {
        Ok(pairs)
    }
}

fn pair(line: &str) -> Result<Pair, String> {
    let value: serde_json::Value = serde_json::from_str(line).map_err(|error| format!("is not JSON: {error}."))?;
    let read = serde_json::from_value(value)
        .map_err(|_| "has neither “prompt” and “completion” nor “messages” with “role” and “content”.".to_owned())?;
    let (prompt, completion) = match read {
        Line::Pair { prompt, completion } => (plain(prompt, "user")?, plain(completion, "assistant")?),
        Line::Conversation { messages } => match <[Message; 2]>::try_from(messages) {
            Ok([user, assistant]) => (said(user, "user")?, said(assistant, "assistant")?),
            Err(messages) => {
                return Err(format!("has {} messages; one of a user and one of an assistant can be learnt from.", messages.len()));
            }
        },
    };
    if prompt.trim().is_empty() || completion.trim().is_empty() {
        return Err("has an empty prompt or an empty answer.".into());
    }
    Ok(Pair { prompt, completion })
}

fn plain(text: Text, role: &str) -> Result<String, String> {
    match text {
        Text::Plain(text) => Ok(text),
        Text::Messages(messages) => match <[Message; 1]>::try_from(messages) {
            Ok([message]) => said(message, role),
            Err(messages) => Err(format!("has {} messages where one is read.", messages.len())),
        },
    }
}

fn said(message: Message, role: &str) -> Result<String, String> {
    if message.role == role {
        Ok(message.content)
    } else {
        Err(format!("has a message of “{}” where “{role}” should speak.", message.role))
    }
}

/// The pairs as TRL reads them: prompt and completion.
pub fn to_jsonl(pairs: &[Pair]) -> String {
    pairs.iter().flat_map(serde_json::to_string).map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read_and_written() {
        let text = concat!(
            "{\"prompt\": \"Hi\", \"completion\": \"Hello!\"}\n\n",
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": \"assistant\", \"content\": \"Hello!\"}]}\r\n",
            "{\"prompt\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"completion\": [{\"role\": \"assistant\", \"content\": \"Hello!\"}]}",
        );
        let pairs = from_jsonl(text).unwrap();
        assert_eq!(pairs, vec![Pair { prompt: "Hi".into(), completion: "Hello!".into() }; 3]);
        assert_eq!(from_jsonl(&to_jsonl(&pairs)).unwrap(), pairs);
    }

    #[test]
    fn what_is_no_pair_is_refused_with_its_line() {
        let refusal = |text: &str| from_jsonl(text).unwrap_err();
        assert!(refusal("{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"a\"}").starts_with("Line 2 has neither"));
        assert!(refusal("prompt: a").starts_with("Line 1 is not JSON"));
        assert!(refusal("{\"prompt\": \"a\", \"completion\": \" \"}").contains("empty"));
        assert!(refusal("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}").contains("has 1 messages"));
        let system = "{\"messages\": [{\"role\": \"system\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}";
        assert!(refusal(system).contains("“system” where “user” should speak"));
        assert!(refusal("\n").starts_with("There are no pairs"));
    }
}
