//! What the system can hold: one variable, and the whole environment with the arguments. Without
//! these checks execve returns E2BIG, which does not say which variable is too large or by how
//! much.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use hydrant_core::shown;

/// Linux's limit for one `NAME=VALUE` and its ending NUL (MAX_ARG_STRLEN,
/// <https://man7.org/linux/man-pages/man2/execve.2.html>).
const LONGEST_VARIABLE: usize = 131_072;

/// Linux's lower limit for all of them (ARG_MAX), and its upper limit: three quarters of the
/// default stack size.
const LIMITS: (usize, usize) = (131_072, 6 * 1024 * 1024);

/// The reason why the system cannot hold the variable.
pub(super) fn unfit(name: &str, value: &str) -> Option<String> {
    if value.contains('\0') {
        return Some(format!("{name} cannot be set: its value has a NUL character"));
    }
    let size = size_of_variable(name.as_ref(), value.as_ref());
    (size > LONGEST_VARIABLE)
        .then(|| format!("{name} cannot be set: it takes {size} bytes, and the system's limit is {LONGEST_VARIABLE}"))
}

/// The size of `NAME=VALUE`, with its ending NUL.
pub(super) fn size_of_variable(name: &OsStr, value: &OsStr) -> usize {
    name.len() + 1 + value.len() + 1
}

/// The reason why the system cannot hold all of them together, with the largest variables. `args`
/// are the command and its arguments. The path of the command is not known at this point, and may
/// need some more bytes.
pub(super) fn too_many<'a>(
    args: impl Iterator<Item = &'a OsStr>,
    variables: &mut [(&'a OsStr, usize)],
    limit: usize,
) -> Option<String> {
    let args: Vec<usize> = args.map(|arg| arg.as_bytes().len() + 1).collect();
    // The kernel counts a pointer for each, and the name of the file.
    let pointers = (args.len() + variables.len()) * size_of::<usize>();
    let strings = args.iter().sum::<usize>() + args.first().copied().unwrap_or_default();
    let total = pointers + strings + variables.iter().map(|(_, size)| size).sum::<usize>();
    if total <= limit {
        return None;
    }
    variables.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let largest = variables
        .iter()
        .take(3)
        .map(|(name, size)| format!("{} ({size} bytes)", shown::unquoted(&name.to_string_lossy())));
    let largest = largest.collect::<Vec<_>>().join(", ");
    Some(format!(
        "the environment and the arguments take {total} bytes, and the system's limit is {limit}; the largest variables are {largest}"
    ))
}

/// A quarter of the stack limit, within bounds: what Linux allows for arguments and environment.
#[cfg(target_os = "linux")]
pub(super) fn limit() -> usize {
    let stack = rustix::process::getrlimit(rustix::process::Resource::Stack).current;
    let quarter = stack.and_then(|bytes| usize::try_from(bytes / 4).ok()).unwrap_or(usize::MAX);
    quarter.clamp(LIMITS.0, LIMITS.1)
}

/// Unknown on other systems: there the system's own error is reported.
#[cfg(not(target_os = "linux"))]
pub(super) fn limit() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_cannot_hold_is_named_with_both_sizes() {
        assert_eq!(unfit("KEY", "value"), None);
        assert_eq!(unfit("KEY", &"x".repeat(131_067)), None);
        let said = unfit("KEY", &"x".repeat(131_068)).unwrap();
        assert_eq!(
            said,
            "KEY cannot be set: it takes 131073 bytes, and the system's limit is 131072"
        );
        assert_eq!(
            unfit("KEY", "a\0b").unwrap(),
            "KEY cannot be set: its value has a NUL character"
        );
    }

    #[test]
    fn all_together() {
        let check = |limit| {
            let mut variables = ["A", "B", "C", "D"]
                .map(OsStr::new)
                .into_iter()
                .zip([10, 40, 30, 20])
                .collect::<Vec<_>>();
            too_many(["cmd", "arg"].map(OsStr::new).into_iter(), &mut variables, limit)
        };
        // Six pointers; cmd twice and arg once, each with its NUL; the variables.
        assert_eq!(check(6 * size_of::<usize>() + 12 + 100), None);
        let said = check(6 * size_of::<usize>() + 12 + 99).unwrap();
        assert!(
            said.ends_with("; the largest variables are B (40 bytes), C (30 bytes), D (20 bytes)"),
            "{said}"
        );
        assert!(said.contains("take 160 bytes, and the system's limit is 159"), "{said}");
    }
}
