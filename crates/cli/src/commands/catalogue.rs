//! `hydrant catalogue`: what is known about the keys of well-known providers.

use hydrant_catalogue::{Catalogue, Item};
use serde_json::{Value, json};

use crate::args::options::Options;
use crate::failure::{Failure, Problem};
use crate::session;
use crate::terminal::output::{self, Cell, FAINT, Text, styled};

/// List well-known providers: their variables, where to create a key, and the key format
///
/// Without a name it lists all of them. With names of providers (openai) or variables
/// (OPENAI_API_KEY), it shows everything known about each. Your own file can add to it:
/// --catalogue PATH or HYDRANT_CATALOGUE.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  hydrant catalogue
  hydrant catalogue openai livekit
  hydrant catalogue GROK_API_KEY
  hydrant catalogue --json | jq -r '.items[].variable'")]
pub(crate) struct Args {
    /// A provider's short name, or a variable
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, args: &Args) -> Result<u8, Failure> {
    session::without_vars(options)?;
    let catalogue = session::load_catalogue(options)?;
    let items = if args.names.is_empty() {
        catalogue.items().iter().collect()
    } else {
        chosen(&catalogue, &args.names).map_err(Failure::Problems)?
    };
    if args.json {
        return output::json(&json!({ "items": items.into_iter().map(json).collect::<Vec<_>>() }));
    }
    let text = if args.names.is_empty() {
        overview(&items)
    } else {
        items.into_iter().fold(Text::new(), |text, item| text.and(&details(item)))
    };
    output::data(&text)
}

/// The items of the names, each once, in their order.
fn chosen<'a>(catalogue: &'a Catalogue, names: &[String]) -> Result<Vec<&'a Item>, Vec<Problem>> {
    let (mut items, mut problems) = (Vec::<&Item>::new(), Vec::new());
    for (index, name) in names.iter().enumerate() {
        let found = match catalogue.by_name(name) {
            found if found.is_empty() => catalogue.by_variable(name).into_iter().collect(),
            found => found,
        };
        if found.is_empty() {
            problems.push(unknown(catalogue, index, name));
        }
        for item in found {
            if !items.iter().any(|known| known.variable == item.variable) {
                items.push(item);
            }
        }
    }
    if problems.is_empty() { Ok(items) } else { Err(problems) }
}

/// The name may be a pasted key, so it is reported by its position.
fn unknown(catalogue: &Catalogue, index: usize, name: &str) -> Problem {
    let hint = match catalogue.nearest_name(name) {
        Some(near) => format!("did you mean {near}?"),
        None => "list all of them with hydrant catalogue".to_owned(),
    };
    Problem { text: format!("argument {} is not in the catalogue", index + 1), hint: Some(hint) }
}

/// A line for each provider.
fn overview(items: &[&Item]) -> Text {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for item in items {
        match rows.iter_mut().find(|row| row[0] == item.name) {
            Some(row) => row[1] = format!("{}, {}", row[1], item.variable),
            None => {
                let console = item.console.clone().unwrap_or_default();
                rows.push(vec![
                    item.name.clone(),
                    item.variable.clone(),
                    item.category.clone(),
                    console,
                ]);
            }
        }
    }
    let cells = |row: Vec<String>| row.into_iter().map(Cell::from).collect();
    Text::new().table(&rows.into_iter().map(cells).collect::<Vec<_>>())
}

/// Everything known about a variable.
fn details(item: &Item) -> Text {
    let (pattern, source) = match (&item.key_format, &item.no_key_format) {
        (Some(format), _) => (Some(format.pattern.clone()), format.source.clone()),
        (None, why) => (None, why.as_ref().map(|why| format!("not known: {why}"))),
    };
    let aliases = Some(item.aliases.join(", ")).filter(|aliases| !aliases.is_empty());
    let rows = [
        ("description", Some(item.description.clone())),
        ("provider", Some(format!("{} ({}), {}", item.display_name, item.name, item.category))),
        ("console", item.console.clone()),
        ("also called", aliases),
        ("secret", Some(item.secret_name.clone())),
        ("key format", pattern.or_else(|| source.clone().filter(|_| item.key_format.is_none()))),
        ("format from", source.filter(|_| item.key_format.is_some())),
    ];
    let rows =
        rows.into_iter().filter_map(|(what, text)| Some(vec![styled(FAINT, what), text?.into()]));
    Text::new().line(&item.variable).table(&rows.collect::<Vec<_>>())
}

/// An item as JSON. `add` uses it too.
pub(super) fn json(item: &Item) -> Value {
    json!({
        "name": item.name,
        "variable": item.variable,
        "aliases": item.aliases,
        "secret_name": item.secret_name,
        "display_name": item.display_name,
        "category": item.category,
        "description": item.description,
        "console": item.console,
        "shape": item.key_format.as_ref().map(|format| &format.pattern),
        "shape_source": item.key_format.as_ref().and_then(|format| format.source.as_ref()),
        "no_shape": item.no_key_format,
    })
}
