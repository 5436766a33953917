use std::collections::HashMap;
use std::fmt;

#[derive(Debug, PartialEq)]
pub enum Error {
    MissingEquals(usize),
    EmptyKey(usize),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::MissingEquals(line) => write!(f, "line {}: expected '='", line),
            Error::EmptyKey(line) => write!(f, "line {}: the key is empty", line)
        }
    }
}

pub fn parse(text: &str) -> Result<HashMap<String, String>, Error> {
    let mut settings = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim()
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').ok_or(Error::MissingEquals(index + 1))?;
        if key.trim().is_empty() {
            return Err(Error::EmptyKey(index + 1);
        }
        settings.insert(key.trim().to_string(), value.trim().to_string());
    }
    Ok(settings)
}
