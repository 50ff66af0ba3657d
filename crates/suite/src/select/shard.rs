//! `--shard K/N`: a part of the files, so that many machines run a suite together.

use crate::SuiteError;

/// The part `number` of `count`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    count: u64,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Shard = Shard { number: 1, count: 1 };

    /// Reads `K/N`.
    ///
    /// # Errors
    /// When it is not of that form, or K is not from 1 to N.
    pub fn parse(text: &str) -> Result<Shard, SuiteError> {
        let numbers =
            text.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((number, count)) if (1..=count).contains(&number) => Ok(Shard { number, count }),
            _ => Err(SuiteError::new(format!("`{text}` is no shard: write K/N with K from 1 to N, such as 2/8"))),
        }
    }

    /// The shard that the variables of a Kubernetes Indexed Job or a SLURM array name, with the name of the index
    /// variable; `None` when index or count is not there.
    ///
    /// # Errors
    /// When a variable is there and no number, or the index is beyond the count.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Result<Option<(Shard, &'static str)>, SuiteError> {
        for (index, count, first) in [
            ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", None),
            ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", Some("SLURM_ARRAY_TASK_MIN")),
        ] {
            let number = |name: &str| match get(name) {
                None => Ok(None),
                Some(text) => match text.trim().parse::<u64>() {
                    Ok(number) => Ok(Some(number)),
                    Err(_) => Err(SuiteError::new(format!("{name} is `{text}`, which is no number; give --shard K/N"))),
                },
            };
            let (Some(at), Some(of)) = (number(index)?, number(count)?) else { continue };
            let first = first.map(number).transpose()?.flatten().unwrap_or(0);
            let position = at.checked_sub(first).filter(|position| *position < of);
            let Some(position) = position else {
                let sentence = format!("{index} is {at}, but there are {of} parts from {first} on; give --shard K/N");
                return Err(SuiteError::new(sentence));
            };
            return Ok(Some((Shard { number: position + 1, count: of }, index)));
        }
        Ok(None)
    }

    /// Whether the file at this place of the sorted list belongs to the shard.
    #[must_use]
    pub fn takes(&self, place: usize) -> bool {
        place as u64 % self.count == self.number - 1
    }

    /// Whether it is a part only.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.count > 1
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_take_every_file_once() {
        for count in 1..9 {
            let shards: Vec<Shard> = (1..=count).map(|k| Shard::parse(&format!("{k}/{count}")).unwrap()).collect();
            for place in 0..100 {
                assert_eq!(shards.iter().filter(|shard| shard.takes(place)).count(), 1);
            }
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "1", "0/3", "4/3", "1/0", "a/b", "-1/2", "1/2/3"] {
            assert!(Shard::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_environment_of_a_job_names_a_shard() {
        let with = |pairs: &'static [(&str, &str)]| {
            Shard::from_environment(|name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let shard = |text| Shard::parse(text).unwrap();
        assert_eq!(with(&[]).unwrap(), None);
        assert_eq!(with(&[("JOB_COMPLETION_INDEX", "2")]).unwrap(), None);
        assert_eq!(
            with(&[("JOB_COMPLETION_INDEX", "2"), ("JOB_COMPLETIONS", "5")]).unwrap(),
            Some((shard("3/5"), "JOB_COMPLETION_INDEX"))
        );
        assert_eq!(
            with(&[("SLURM_ARRAY_TASK_ID", "12"), ("SLURM_ARRAY_TASK_COUNT", "3"), ("SLURM_ARRAY_TASK_MIN", "10")])
                .unwrap(),
            Some((shard("3/3"), "SLURM_ARRAY_TASK_ID"))
        );
        assert!(with(&[("JOB_COMPLETION_INDEX", "5"), ("JOB_COMPLETIONS", "5")]).is_err());
        assert!(with(&[("JOB_COMPLETION_INDEX", "x"), ("JOB_COMPLETIONS", "5")]).is_err());
    }
}
