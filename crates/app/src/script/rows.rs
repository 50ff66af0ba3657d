//! Which rows of the screen are new since a script last typed.
//!
//! A row is new when its text has changed since, and stays new while it moves up. A row that merely scrolled is not
//! new: the prompt that was there before the command must not satisfy a wait for the next prompt. A row counts as
//! moved when the earlier screen held the same text further below and its nearest neighbour with text moved along with
//! it; the topmost row may have lost its neighbour to a scroll, but only on a full screen.

/// The rows of the screen and which of them are new.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<String>,
    new: Vec<bool>,
}

impl Rows {
    /// Takes the present screen and marks what changed. Graphics modes show no rows.
    pub(crate) fn update(&mut self, rows: Vec<String>) {
        if rows == self.rows {
            return;
        }
        let new = (0..rows.len()).map(|row| match origin(&self.rows, &rows, row) {
            Some(before) => self.new.get(before).copied().unwrap_or(true),
            None => true,
        });
        self.new = new.collect();
        self.rows = rows;
    }

    /// From now on only what changes later is new.
    pub(crate) fn forget(&mut self) {
        self.new.fill(false);
    }

    /// Whether a row holds `text`: a new row, or any row.
    pub(crate) fn hold(&self, text: &str, any: bool) -> bool {
        self.rows.iter().zip(&self.new).any(|(row, new)| (any || *new) && row.contains(text))
    }
}

/// Where the text of `row` stood before, if it did not change.
fn origin(before: &[String], now: &[String], row: usize) -> Option<usize> {
    if before.get(row) == now.get(row) {
        return Some(row);
    }
    if is_blank(now.get(row)?) {
        return None;
    }
    (1..before.len().saturating_sub(row)).find(|shift| moved(before, now, row, *shift)).map(|shift| row + shift)
}

/// Whether `row` came up by `shift` rows together with a neighbour.
fn moved(before: &[String], now: &[String], row: usize, shift: usize) -> bool {
    let same = |row: usize| before.get(row + shift).is_some_and(|text| now.get(row) == Some(text));
    let has_text = |row: &usize| now.get(*row).is_some_and(|text| !is_blank(text));
    if !same(row) {
        return false;
    }
    let above = (0..row).rev().take_while(|row| same(*row)).find(has_text);
    let below = (row + 1..now.len()).take_while(|row| same(*row)).find(has_text);
    let reached_top = (0..row).all(same);
    above.is_some() || below.is_some() || (reached_top && is_full(now))
}

/// Whether the cursor can be on the last row, as it is when a screen scrolls.
fn is_full(rows: &[String]) -> bool {
    rows.iter().rev().take(3).any(|row| !is_blank(row))
}

fn is_blank(row: &str) -> bool {
    row.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHT: usize = 8;

    fn screen(lines: &[&str]) -> Vec<String> {
        let mut rows: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        assert!(rows.len() <= HEIGHT);
        rows.resize(HEIGHT, String::new());
        rows
    }

    /// The rows after typing on `before`, seen as `after`.
    fn typed(before: &[&str], after: &[&str]) -> Rows {
        let mut rows = Rows::default();
        rows.update(screen(before));
        rows.forget();
        rows.update(screen(after));
        rows
    }

    #[test]
    fn everything_is_new_before_anything_was_typed() {
        let mut rows = Rows::default();
        rows.update(screen(&["Beige", "A:\\>"]));
        assert!(rows.hold("A:\\>", false));
    }

    #[test]
    fn the_prompt_from_before_the_command_is_not_new() {
        let rows = typed(&["A:\\>ver"], &["A:\\>ver", "", "version 1"]);
        assert!(!rows.hold("A:\\>", false));
        assert!(rows.hold("A:\\>", true));
        assert!(rows.hold("version", false));
    }

    #[test]
    fn a_scrolled_prompt_is_not_new_but_the_one_below_is() {
        let before = ["A:\\>a", "1", "2", "", "A:\\>b", "3", "", "A:\\>dir"];
        let rows = typed(&before, &["2", "", "A:\\>b", "3", "", "A:\\>dir", "listing", "more"]);
        assert!(!rows.hold("A:\\>", false));
        assert!(rows.hold("listing", false));
        let rows = typed(&before, &["A:\\>dir", "4", "5", "6", "7", "8", "9", "10"]);
        assert!(!rows.hold("A:\\>", false));
        let rows = typed(&before, &["A:\\>b", "3", "", "A:\\>dir", "listing", "more", "", "A:\\>"]);
        assert!(rows.hold("A:\\>", false));
    }

    #[test]
    fn a_prompt_on_a_cleared_screen_is_new_though_the_old_one_had_the_same_text() {
        let rows = typed(&["x", "A:\\>", "y", "A:\\>cls"], &["A:\\>"]);
        assert!(rows.hold("A:\\>", false));
    }

    #[test]
    fn a_screen_caught_in_the_middle_of_scrolling_shows_no_old_row_as_new() {
        let before = ["A:\\>a", "1", "2", "3", "A:\\>b", "4", "5", "A:\\>c"];
        let rows = typed(&before, &["1", "2", "3", "A:\\>b", "A:\\>b", "4", "5", "A:\\>c"]);
        assert!(!rows.hold("A:\\>", false));
    }

    #[test]
    fn a_new_row_stays_new_while_it_scrolls() {
        let mut rows = typed(&["A:\\>run"], &["A:\\>run", "done"]);
        rows.update(screen(&["A:\\>run", "done", "1", "2", "3", "4", "5", "6"]));
        rows.update(screen(&["done", "1", "2", "3", "4", "5", "6", "7"]));
        assert!(rows.hold("done", false));
        assert!(!rows.hold("A:\\>", false));
    }

    #[test]
    fn a_header_that_stands_still_does_not_make_the_scrolled_body_new() {
        let rows = typed(&["TITLE", "A:\\>a", "1", "2", "A:\\>b", "", "", ""], &["TITLE", "1", "2", "A:\\>b", "3"]);
        assert!(!rows.hold("A:\\>", false));
        assert!(!rows.hold("TITLE", false));
        assert!(rows.hold("3", false));
    }

    #[test]
    fn screens_of_another_height_or_without_text_are_taken_as_they_are() {
        let mut rows = Rows::default();
        rows.update(screen(&["a"]));
        rows.forget();
        rows.update(Vec::new());
        assert!(!rows.hold("a", true));
        rows.update(vec!["a".to_owned(); 50]);
        assert!(rows.hold("a", false));
    }
}
