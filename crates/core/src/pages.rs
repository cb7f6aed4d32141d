//! Pages of a list: each names the next one, and a server can do that forever.

use crate::store::{Action, StoreError, StoreErrorKind};

/// How far a list was read.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// The token of the page to request; `None` for the first.
    pub(crate) token: Option<String>,
    items: usize,
    /// How many pages in a row had no item.
    empty: usize,
}

impl Pages {
    /// The most items of a list that are kept.
    const MOST_ITEMS: usize = 100_000;
    /// AWS may return a page without an item before the last one, if it filters.
    const MOST_EMPTY: usize = 100;

    /// Moves to the next page; false if there is no next page. An empty token means that there is
    /// no next page.
    pub(crate) fn next(
        &mut self,
        items: usize,
        next: Option<String>,
        action: Action,
    ) -> Result<bool, StoreError> {
        let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(false) };
        self.items += items;
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        let problem = if self.items > Self::MOST_ITEMS {
            format!("the list has more than {} items", Self::MOST_ITEMS)
        } else if self.empty > Self::MOST_EMPTY {
            format!("the list has more than {} empty pages in a row", Self::MOST_EMPTY)
        } else if self.token.as_ref() == Some(&next) {
            "a page of the list names itself as the next one".to_owned()
        } else {
            self.token = Some(next);
            return Ok(true);
        };
        Err(StoreError::new(StoreErrorKind::Malformed, action, problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pages are requested, each with this many items and a next token made of its number.
    fn check(items: usize, token: impl Fn(usize) -> Option<String>, expected: Result<usize, &str>) {
        let (mut pages, mut calls) = (Pages::default(), 0);
        let ended = loop {
            calls += 1;
            match pages.next(items, token(calls), Action::ListSecrets) {
                Ok(true) => {}
                Ok(false) => break Ok(calls),
                Err(error) => break Err(error.to_string()),
            }
        };
        assert_eq!(ended, expected.map_err(str::to_owned));
    }

    #[test]
    fn a_list_ends_whatever_a_server_says() {
        let numbered = |number: usize| Some(number.to_string());
        check(3, |_| None, Ok(1));
        check(3, |number| (number < 5).then(|| number.to_string()), Ok(5));
        check(0, |number| (number < 5).then(|| number.to_string()), Ok(5));
        check(0, |_| Some(String::new()), Ok(1));
        check(0, numbered, Err("the list has more than 100 empty pages in a row"));
        check(1, numbered, Err("the list has more than 100000 items"));
        check(
            1,
            |_| Some("same".to_owned()),
            Err("a page of the list names itself as the next one"),
        );
    }
}
