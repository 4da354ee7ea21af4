//! One line of the log. JSON and text carry the same fields under the same names, `time`, `level` and `msg` first, so
//! that what reads Authelia's log goes on reading.

use std::cell::RefCell;
use std::fmt::{self, Debug, Write as _};

use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::clock::wall_time;
use crate::settings::LogFormat;

/// The longest value that is written whole, in bytes.
const LONGEST: usize = 2048;

/// Writes every event as a line, with the fields of the spans it happened in: the request's id is one.
pub struct LogLayer<W> {
    format: LogFormat,
    write: W,
}

impl<W: Fn(&str) + Send + Sync + 'static> LogLayer<W> {
    /// Lines of a format, each handed to `write` with its end.
    pub fn new(format: LogFormat, write: W) -> Self {
        Self { format, write }
    }
}

/// The fields of a span, ready to be put into lines.
struct SpanFields {
    names: Vec<&'static str>,
    text: String,
}

thread_local! {
    static LINE: RefCell<(Fields, String)> = const { RefCell::new((Fields::new(), String::new())) };
}

impl<S, W> Layer<S> for LogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&str) + Send + Sync + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::new();
        fields.format = self.format;
        attributes.record(&mut fields);
        span.extensions_mut().insert(SpanFields { names: fields.names, text: fields.rest });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(present) = extensions.get_mut::<SpanFields>() else { return };
        let mut fields = Fields::new();
        fields.format = self.format;
        values.record(&mut fields);
        present.names.append(&mut fields.names);
        present.text.push_str(&fields.rest);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        LINE.with(|cell| {
            // A line that is made while another is made: by a value that logs when it is written.
            let Ok(mut buffers) = cell.try_borrow_mut() else { return };
            let (fields, line) = &mut *buffers;
            fields.clear(self.format);
            line.clear();
            event.record(fields);
            for span in context.event_scope(event).into_iter().flatten() {
                let extensions = span.extensions();
                if let Some(of_span) = extensions.get::<SpanFields>()
                    && of_span.names.iter().all(|name| !fields.names.contains(name))
                {
                    fields.names.extend(&of_span.names);
                    fields.rest.push_str(&of_span.text);
                }
            }
            let metadata = event.metadata();
            head(line, self.format, metadata.level(), &fields.message);
            fields.put_text("target", metadata.target());
            line.push_str(&fields.rest);
            end(line, self.format);
            (self.write)(line);
        });
    }
}

/// The line that says how many could not be written.
pub(super) fn lost_lines(format: LogFormat, lost: u64) -> String {
    let mut line = String::new();
    head(
        &mut line,
        format,
        &Level::ERROR,
        "lines of the log were lost: it could not be written fast enough, or at all",
    );
    let mut fields = Fields::new();
    fields.clear(format);
    fields.put("lost", |out| write!(out, "{lost}"));
    line.push_str(&fields.rest);
    end(&mut line, format);
    line
}

fn head(line: &mut String, format: LogFormat, level: &Level, message: &str) {
    let (seconds, milliseconds) = wall_time();
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, clock) = (time.date(), time.time());
    let level = match *level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    let (open, then, message_is) = match format {
        LogFormat::Json => ("{\"time\":\"", "\",\"level\":\"", "\",\"msg\":"),
        LogFormat::Text => ("time=\"", "\" level=", " msg="),
    };
    // Writing to a string does not fail.
    let _ = write!(
        line,
        "{open}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{milliseconds:03}Z{then}{level}{message_is}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
    );
    quote(line, message);
}

fn end(line: &mut String, format: LogFormat) {
    line.push_str(match format {
        LogFormat::Json => "}\n",
        LogFormat::Text => "\n",
    });
}

/// The fields of an event or a span, written.
struct Fields {
    format: LogFormat,
    message: String,
    rest: String,
    names: Vec<&'static str>,
    scratch: String,
}

impl Fields {
    const fn new() -> Self {
        Self {
            format: LogFormat::Json,
            message: String::new(),
            rest: String::new(),
            names: Vec::new(),
            scratch: String::new(),
        }
    }

    fn clear(&mut self, format: LogFormat) {
        self.format = format;
        self.message.clear();
        self.rest.clear();
        self.names.clear();
    }

    /// A field whose value needs no quotes.
    fn put(&mut self, name: &'static str, value: impl FnOnce(&mut String) -> fmt::Result) {
        self.name(name);
        let _ = value(&mut self.rest);
    }

    fn put_text(&mut self, name: &'static str, text: &str) {
        self.name(name);
        match self.format {
            LogFormat::Text if is_plain(text) => self.rest.push_str(text),
            LogFormat::Text | LogFormat::Json => quote(&mut self.rest, text),
        }
    }

    fn name(&mut self, name: &'static str) {
        self.names.push(name);
        let (before, after) = match self.format {
            LogFormat::Json => (",\"", "\":"),
            LogFormat::Text => (" ", "="),
        };
        self.rest.push_str(before);
        self.rest.push_str(name);
        self.rest.push_str(after);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.message, "{value:?}");
            return;
        }
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        let _ = write!(text, "{value:?}");
        self.put_text(field.name(), &text);
        self.scratch = text;
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.put_text(field.name(), value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), |out| write!(out, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), |out| write!(out, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), |out| write!(out, "{value}"));
    }
}

/// Whether a text needs no quotes in the text format.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'=' | b'\\'))
}

/// Writes a text between quotes, as JSON does. What could begin a line, move a terminal's cursor or turn the direction
/// of reading is written as its number.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for (index, character) in text.char_indices() {
        if index >= LONGEST {
            out.push('…');
            break;
        }
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => unicode(out, character),
            control if control.is_control() => unicode(out, control),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn unicode(out: &mut String, character: char) {
    let _ = write!(out, "\\u{:04x}", u32::from(character));
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn lines(format: LogFormat, work: impl FnOnce()) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let layer = LogLayer::new(format, move |line: &str| kept.lock().unwrap().push(line.to_owned()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let kept = lines.lock().unwrap();
        kept.clone()
    }

    fn story() {
        let span = tracing::info_span!("request", request_id = "ABCDEFGHJK");
        let _entered = span.enter();
        tracing::info!(
            client = "web",
            count = 3,
            nothing = None::<&str>,
            detail = "two words",
            "it {}",
            "went"
        );
        tracing::warn!(request_id = "its own", "told\u{1b}[31m \"so\"\nlevel=error msg=forged \u{202e}");
    }

    #[test]
    fn json_and_text_carry_the_same_fields() {
        let json: Vec<serde_json::Value> = lines(LogFormat::Json, story)
            .iter()
            .map(|line| serde_json::from_str(line.strip_suffix('\n').unwrap()).unwrap())
            .collect();
        let target = module_path!();
        let mut first = json[0].clone();
        let time = first.as_object_mut().unwrap().remove("time").unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
        assert_eq!(
            first,
            serde_json::json!({
                "level": "info", "msg": "it went", "client": "web", "count": 3, "detail": "two words",
                "request_id": "ABCDEFGHJK", "target": target,
            })
        );
        assert_eq!(json[1]["request_id"], "its own");
        assert_eq!(json[1]["msg"], "told\u{1b}[31m \"so\"\nlevel=error msg=forged \u{202e}");

        let text = lines(LogFormat::Text, story);
        let (_, after) = text[0].split_once("Z\" ").unwrap();
        assert_eq!(
            after,
            format!(
                "level=info msg=\"it went\" client=web count=3 detail=\"two words\" request_id=ABCDEFGHJK target={target}\n"
            )
        );
    }

    #[test]
    fn nothing_that_is_logged_begins_a_line_or_moves_a_cursor() {
        for format in [LogFormat::Json, LogFormat::Text] {
            for line in lines(format, story) {
                let line = line.strip_suffix('\n').unwrap();
                assert!(line.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{line:?}");
            }
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        let long = "x".repeat(100_000);
        for format in [LogFormat::Json, LogFormat::Text] {
            let line = lines(format, || tracing::info!(path = long, "long")).remove(0);
            assert!(line.len() < LONGEST + 200 && line.contains('…'), "{}", line.len());
        }
    }

    #[test]
    fn the_loss_of_lines_is_told_in_the_format_of_the_log() {
        let json: serde_json::Value = serde_json::from_str(&lost_lines(LogFormat::Json, 7)).unwrap();
        assert_eq!((&json["lost"], &json["level"]), (&7.into(), &"error".into()));
        assert!(lost_lines(LogFormat::Text, 7).ends_with(" lost=7\n"));
    }
}
