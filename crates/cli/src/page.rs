//! Text for a person: nothing in it makes a terminal do anything but show it.
//!
//! Names of files, headers of CSV files, paths, arguments and what the system says come from
//! outside. So text becomes a [`Page`] only by being made harmless, and [`output`](crate::output)
//! shows nothing but pages; the styles of a page are the program's own.

use anstyle::Style;

use crate::text;

/// Lines to be shown, with the escape sequences of the program's own styles and of nobody else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    /// Adds text from anywhere.
    pub(crate) fn push(&mut self, text: &str) {
        self.0.push_str(&text::harmless(text));
    }

    /// Adds text from anywhere in a style.
    pub(crate) fn push_styled(&mut self, style: Style, text: &str) {
        self.0
            .push_str(&format!("{style}{}{style:#}", text::harmless(text)));
    }

    /// Adds another page.
    pub(crate) fn push_page(&mut self, page: &Self) {
        self.0.push_str(&page.0);
    }

    /// Takes text with styles in it, all of which is the program's own.
    pub(crate) fn of_our_own(text: String) -> Self {
        Self(text)
    }

    /// With the styles.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: AsRef<str>> From<T> for Page {
    fn from(text: T) -> Self {
        let mut page = Self::default();
        page.push(text.as_ref());
        page
    }
}
