//! `--shard K/N`: a part of the files, so that many machines run a suite together.

use super::array::{self, Place};
use crate::SuiteError;

/// What `--shard` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardArgument {
    /// `K/N`.
    Part(Shard),
    /// `/N`: K is the place of this job in its array.
    PartOfArray {
        /// N.
        count: u64,
    },
}

impl ShardArgument {
    /// Reads `K/N` or `/N`.
    ///
    /// # Errors
    /// When it is not of that form, or K is not from 1 to N.
    pub fn parse(text: &str) -> Result<ShardArgument, SuiteError> {
        let numbers = text.split_once('/').and_then(|(number, count)| Some((number, count.parse().ok()?)));
        let read = numbers.and_then(|(number, count): (&str, u64)| match number {
            "" => (count > 0).then_some(ShardArgument::PartOfArray { count }),
            _ => {
                let number = number.parse().ok().filter(|number| (1..=count).contains(number))?;
                Some(ShardArgument::Part(Shard { number, count }))
            }
        });
        read.ok_or_else(|| {
            SuiteError::new(format!(
                "`{text}` is no shard: write K/N with K from 1 to N, such as 2/8, or /N in an array"
            ))
        })
    }
}

/// The part `number` of `count`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    count: u64,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Shard = Shard { number: 1, count: 1 };

    /// The shard that was asked for or that the place of this job in an array of jobs means, by the variables of
    /// Kubernetes Indexed Jobs and SLURM arrays; then with the name of the variable that says which.
    ///
    /// # Errors
    /// When argument and variables leave open which part it is, or contradict each other. A job of an array that ran
    /// everything, or nothing, would hide that.
    pub fn choose(
        argument: Option<ShardArgument>,
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<(Shard, Option<&'static str>), SuiteError> {
        let asked = match argument {
            Some(ShardArgument::Part(shard)) => return Ok((shard, None)),
            Some(ShardArgument::PartOfArray { count }) => Some(count),
            None => None,
        };
        match (array::place(get)?, asked) {
            (Some(place), asked) => Shard::of_array(&place, asked).map(|shard| (shard, Some(place.variable))),
            (None, None) => Ok((Shard::WHOLE, None)),
            (None, Some(count)) => Err(SuiteError::new(format!(
                "--shard /{count} wants the index of a job array, and neither {} is set: write K/{count}",
                array::index_variables()
            ))),
        }
    }

    /// The part of one job of an array.
    fn of_array(place: &Place, asked: Option<u64>) -> Result<Shard, SuiteError> {
        let Place { variable, position, count: known } = place;
        let sentence = match (asked, known) {
            (None, None) => format!(
                "{variable} is set, but not how many parts there are: give --shard /N with the number of jobs, or \
                 --shard 1/1 for everything"
            ),
            (Some(asked), Some(known)) if asked != known.jobs => format!(
                "--shard /{asked} has another number of parts than {}, which is {}: give --shard K/N",
                known.variable, known.jobs
            ),
            (Some(count), _) if *position >= count => format!(
                "--shard /{count} has too few parts for this job, which is number {} by {variable}: give the number of \
                 jobs",
                position + 1
            ),
            (Some(count), _) => return Ok(Shard { number: position + 1, count }),
            (None, Some(known)) => return Ok(Shard { number: position + 1, count: known.jobs }),
        };
        Err(SuiteError::new(sentence))
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
    use super::super::array::tests::get;
    use super::*;

    fn shard(number: u64, count: u64) -> Shard {
        Shard { number, count }
    }

    #[test]
    fn shards_take_every_file_once() {
        for count in 1..9 {
            let shards: Vec<Shard> = (1..=count).map(|number| shard(number, count)).collect();
            for place in 0..100 {
                assert_eq!(shards.iter().filter(|shard| shard.takes(place)).count(), 1);
            }
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        assert_eq!(ShardArgument::parse("2/3").unwrap(), ShardArgument::Part(shard(2, 3)));
        assert_eq!(ShardArgument::parse("/3").unwrap(), ShardArgument::PartOfArray { count: 3 });
        for text in ["", "1", "/", "0/3", "4/3", "1/0", "/0", "a/b", "/b", "-1/2", "/-1", "1/2/3", "1/"] {
            assert!(ShardArgument::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_environment_of_a_job_names_a_shard() {
        let chosen = |argument: &str, pairs: &[(&str, &str)]| {
            let argument = (!argument.is_empty()).then(|| ShardArgument::parse(argument).unwrap());
            Shard::choose(argument, get(pairs)).map_err(|error| error.to_string())
        };
        let index = "JOB_COMPLETION_INDEX";
        let (second, of_five) = ((index, "1"), ("JOB_COMPLETIONS", "5"));
        assert_eq!(chosen("", &[]), Ok((Shard::WHOLE, None)));
        assert_eq!(chosen("", &[of_five]), Ok((Shard::WHOLE, None)));
        assert_eq!(chosen("", &[second, of_five]), Ok((shard(2, 5), Some(index))));
        assert_eq!(chosen("/5", &[second, of_five]), Ok((shard(2, 5), Some(index))));
        assert_eq!(chosen("/3", &[second]), Ok((shard(2, 3), Some(index))));
        assert_eq!(chosen("3/4", &[second, of_five]), Ok((shard(3, 4), None)));
        assert_eq!(chosen("3/4", &[(index, "x")]), Ok((shard(3, 4), None)));
        let slurm = [("SLURM_ARRAY_TASK_ID", "5"), ("SLURM_ARRAY_TASK_STEP", "2"), ("SLURM_ARRAY_TASK_MIN", "1")];
        assert_eq!(chosen("/3", &slurm), Ok((shard(3, 3), Some("SLURM_ARRAY_TASK_ID"))));
        for (argument, pairs, remedy) in [
            ("", &[second] as &[(&str, &str)], "--shard /N"),
            ("/3", &[], "write K/3"),
            ("/3", &[second, of_five], "JOB_COMPLETIONS, which is 5"),
            ("/1", &[second], "too few parts for this job, which is number 2"),
            ("", &[(index, "5"), of_five], "--shard K/N"),
            ("", &[(index, "x")], "no number"),
        ] {
            let error = chosen(argument, pairs).unwrap_err();
            assert!(error.contains(remedy), "{error}");
        }
    }
}
