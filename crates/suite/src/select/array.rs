//! Arrays of jobs: the variables by which Kubernetes and SLURM tell a job which one of many it is.

use crate::SuiteError;

/// Where this job stands among those of its array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The variable that says so.
    pub(super) variable: &'static str,
    /// How many jobs of the array come before this one.
    pub(super) position: u64,
    /// How many jobs there are, where a variable says so.
    pub(super) count: Option<Count>,
}

/// How many jobs an array has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// The variable that says so.
    pub(super) variable: &'static str,
    /// How many.
    pub(super) jobs: u64,
}

/// The variables of one kind of array.
struct Array {
    index: &'static str,
    count: &'static str,
    /// The lowest index; 0 where there is none.
    first: Option<&'static str>,
    /// The highest index.
    last: Option<&'static str>,
    /// The distance of the indexes; 1 where there is none.
    step: Option<&'static str>,
}

/// Kubernetes sets the index only; whoever writes the job may set the count beside it.
const ARRAYS: [Array; 2] = [
    Array { index: "JOB_COMPLETION_INDEX", count: "JOB_COMPLETIONS", first: None, last: None, step: None },
    Array {
        index: "SLURM_ARRAY_TASK_ID",
        count: "SLURM_ARRAY_TASK_COUNT",
        first: Some("SLURM_ARRAY_TASK_MIN"),
        last: Some("SLURM_ARRAY_TASK_MAX"),
        step: Some("SLURM_ARRAY_TASK_STEP"),
    },
];

/// The index variables, for people.
pub(super) fn index_variables() -> String {
    ARRAYS.map(|array| array.index).join(" nor ")
}

/// The place of this job, `None` where it belongs to no array.
///
/// # Errors
/// When a variable is no number, or the indexes are no regular row, whose members could be counted.
pub(super) fn place(get: impl Fn(&str) -> Option<String>) -> Result<Option<Place>, SuiteError> {
    let number = |name: &str| match get(name) {
        None => Ok(None),
        Some(text) => match text.trim().parse::<u64>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(SuiteError::new(format!("{name} is `{text}`, which is no number; give --shard K/N"))),
        },
    };
    let optional = |name: Option<&str>| name.map(number).transpose().map(Option::flatten);
    for array in &ARRAYS {
        let Some(index) = number(array.index)? else { continue };
        let jobs = number(array.count)?;
        let first = optional(array.first)?.unwrap_or(0);
        let step = optional(array.step)?.unwrap_or(1);
        let position = position(index, first, step).filter(|position| jobs.is_none_or(|jobs| *position < jobs));
        // An array such as 1,2,9: each of its jobs must notice, not only the last. 1-6:2 may have 5 or 6 as its last.
        let is_row = match (optional(array.last)?, jobs) {
            (Some(last), Some(jobs)) => {
                let before_last = last.checked_sub(first).and_then(|distance| distance.checked_div(step));
                before_last.is_some_and(|before| Some(before) == jobs.checked_sub(1))
            }
            _ => true,
        };
        let Some(position) = position.filter(|_| is_row) else {
            let row = jobs.map_or(String::new(), |jobs| format!("{jobs} "));
            let sentence = format!(
                "{} is {index}, but the indexes of the array are no row of {row}from {first} in steps of {step}; give \
                 --shard K/N",
                array.index
            );
            return Err(SuiteError::new(sentence));
        };
        let count = jobs.map(|jobs| Count { variable: array.count, jobs });
        return Ok(Some(Place { variable: array.index, position, count }));
    }
    Ok(None)
}

/// How many members of a row come before this one, `None` when it is no member.
fn position(index: u64, first: u64, step: u64) -> Option<u64> {
    let distance = index.checked_sub(first)?;
    (distance.checked_rem(step)? == 0).then_some(distance / step)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An environment.
    pub(in crate::select) fn get<'a>(pairs: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + use<'a> {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    /// The environment of a job of a SLURM array.
    fn slurm(id: &str, min: &str, max: &str, step: &str, count: &str) -> Result<Option<Place>, SuiteError> {
        place(get(&[
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_MIN", min),
            ("SLURM_ARRAY_TASK_MAX", max),
            ("SLURM_ARRAY_TASK_STEP", step),
            ("SLURM_ARRAY_TASK_COUNT", count),
        ]))
    }

    #[test]
    fn a_job_of_kubernetes_knows_its_index_and_not_the_count() {
        let index = ("JOB_COMPLETION_INDEX", "2");
        let known = |count| Place { variable: "JOB_COMPLETION_INDEX", position: 2, count };
        assert_eq!(place(get(&[index])).unwrap(), Some(known(None)));
        let count = Count { variable: "JOB_COMPLETIONS", jobs: 5 };
        assert_eq!(place(get(&[index, ("JOB_COMPLETIONS", "5")])).unwrap(), Some(known(Some(count))));
        assert_eq!(place(get(&[("JOB_COMPLETIONS", "5")])).unwrap(), None);
        assert!(place(get(&[index, ("JOB_COMPLETIONS", "2")])).is_err());
        assert!(place(get(&[index, ("JOB_COMPLETIONS", "")])).is_err());
        assert!(place(get(&[("JOB_COMPLETION_INDEX", "x")])).is_err());
    }

    #[test]
    fn a_job_of_slurm_has_its_place_in_rows_of_any_start_and_step() {
        for (first, step, count) in [(0, 1, 4), (10, 1, 3), (1, 2, 3), (5, 7, 1), (0, 3, 5)] {
            let text = |number: u64| number.to_string();
            let last = text(first + (count - 1) * step);
            for position in 0..count {
                let id = text(first + position * step);
                let place = slurm(&id, &text(first), &last, &text(step), &text(count)).unwrap().unwrap();
                assert_eq!((place.position, place.count.unwrap().jobs), (position, count));
            }
        }
        assert!(slurm("5", "1", "6", "2", "3").is_ok(), "1-6:2");
    }

    #[test]
    fn indexes_that_are_no_row_are_refused_by_each_job() {
        for id in ["1", "2", "9"] {
            assert!(slurm(id, "1", "9", "1", "3").is_err(), "{id}");
        }
        assert!(slurm("2", "1", "5", "2", "3").is_err(), "between two indexes");
        assert!(slurm("0", "1", "5", "2", "3").is_err(), "below the first");
        assert!(slurm("1", "1", "5", "0", "3").is_err(), "no step");
        let top = u64::MAX.to_string();
        assert!(slurm(&top, "0", &top, "1", "3").is_err());
    }
}
