//! Saving: which format, which file, and what of the screen goes into it.

use super::{
    Gathering, SAVE, Saving,
    evidence::{Evidence, screen},
    series,
    sheet::{InCsv, Part, slug},
    write::{Body, Format, To},
};
use crate::tui::{
    app::{Choice, Effect, Menu, Spot, State},
    screen::Id,
    view,
};

/// The words for formats.
pub const FORMATS: &[&str] = &["csv", "json", "text"];

/// Asks for the format.
pub fn save_as(state: &mut State) -> Vec<Effect> {
    let table = parts_are_there(state).err();
    let rows = match (state.spots.last(), state.lines()) {
        (Some(Spot::Canary(..)), _) => "what the chart is drawn from, each step with its time".to_owned(),
        (_, Some(lines)) => format!("{} rows, every column", lines.len()),
        _ => String::new(),
    };
    let items = [
        ('c', "csv", "CSV", rows.clone(), table.clone()),
        ('j', "json", "JSON", rows, table),
        ('t', "text", "text", "a picture of the screen".to_owned(), None),
    ];
    let items = items.into_iter().map(|(key, word, label, detail, off)| Choice {
        key: Some(key),
        label: label.to_owned(),
        detail,
        off,
        action: &SAVE,
        args: vec![word.to_owned()],
    });
    let title = format!("save {}", screen(state));
    state.menu(Menu { title, items: items.collect(), at: 0, moved: None, left: None });
    Vec::new()
}

/// Saves to a file, whose name is found by itself when none is given.
pub fn save(state: &mut State, args: &[String]) -> Result<Vec<Effect>, String> {
    let (format, path) = asked(state, args)?;
    let evidence = Evidence::of(state);
    let stem =
        format!("{}-{}", slug(&screen(state)).replace('_', "-"), state.clock.strftime("%Y%m%dT%H%M%SZ"));
    let to = match path {
        Some(path) => To::Given { path: path.into(), stem },
        None => To::Own { stem },
    };
    let body: fn(Evidence, Vec<Part>) -> Body = match format {
        Format::Csv => Body::Csv,
        Format::Json => Body::Json,
        Format::Text => {
            let (width, height) = state.size.get();
            let body = Body::Text(evidence, view::picture(state, width, height));
            return Ok(vec![Effect::Save(Box::new(Saving { body, to }))]);
        }
    };
    parts_are_there(state)?;
    if let Some(session) = state.session() {
        let parts = vec![
            ("weights", InCsv::Head, series::weights(session)),
            ("series", InCsv::Table, series::backends(state, session)),
        ];
        return Ok(vec![Effect::Save(Box::new(Saving { body: body(evidence, parts), to }))]);
    }
    let Some(lines) = state.lines() else { return Ok(Vec::new()) };
    let mut parts = Vec::new();
    if state.screen() == Id::Overview {
        parts.push(("series", InCsv::No, series::all(state)));
    }
    let gathering = Gathering::of(state, lines, body, (evidence, parts), to);
    Ok(Box::new(gathering).go_on(state))
}

/// The format and the path that were asked for: by word, by the path's ending, or by what there is.
fn asked<'a>(state: &State, args: &'a [String]) -> Result<(Format, Option<&'a str>), String> {
    let by_itself = || if parts_are_there(state).is_ok() { Format::Csv } else { Format::Text };
    match args {
        [] => Ok((by_itself(), None)),
        [one] => match (Format::named(one), Format::of_path(one)) {
            (Some(format), _) => Ok((format, None)),
            (None, Some(format)) => Ok((format, Some(one))),
            (None, None) if one.ends_with('/') => Ok((by_itself(), Some(one))),
            (None, None) => Err(format!(
                "`{one}` is neither a format (csv, json, text) nor a file whose ending tells one; \
                 say for example `:save csv {one}`"
            )),
        },
        [format, path] => Format::named(format)
            .map(|format| (format, Some(path.as_str())))
            .ok_or_else(|| format!("`{format}` is no format; there are csv, json and text")),
        [_, _, more, ..] => Err(format!("`{more}` is one word too many: a format and a path")),
    }
}

fn parts_are_there(state: &State) -> Result<(), String> {
    match state.spots.last() {
        Some(Spot::Canary(..)) if state.session().is_some() => Ok(()),
        Some(Spot::Screen(_)) if state.lines().is_some() => Ok(()),
        _ => Err("there is no table here; `:save text` keeps a picture of the screen".to_owned()),
    }
}
