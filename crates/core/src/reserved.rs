//! Names of variables that change how a program loads or runs code. No value of such a name is set by accident: a manifest
//! must say `allow_reserved = true`, and an env file cannot bring them in.
//!
//! Pure: who refuses what is up to the callers.

/// Why the name is reserved, as the end of the sentence "NAME …"; `None` for all other names.
///
/// ```
/// use hydrant_core::reserved::reason;
///
/// assert_eq!(reason("LD_PRELOAD"), Some("makes the dynamic linker load code"));
/// assert_eq!(reason("OPENAI_API_KEY"), None);
/// ```
pub fn reason(name: &str) -> Option<&'static str> {
    let family = || FAMILIES.iter().find(|(prefix, _)| name.starts_with(prefix));
    NAMES.iter().find(|(reserved, _)| *reserved == name).or_else(family).map(|(_, reason)| *reason)
}

/// Each with its reason.
const NAMES: &[(&str, &str)] = &[
    // The shell, and whatever starts a program.
    ("BASH_ENV", "is a file that bash runs before a script"),
    ("CDPATH", "changes which folder a shell's `cd` goes to"),
    ("ENV", "is a file that a POSIX shell runs when it starts"),
    ("GLOBIGNORE", "changes what a pattern of bash matches"),
    ("HOME", "is where programs look for the settings that they run code from"),
    ("IFS", "changes how a shell splits its commands"),
    ("PATH", "decides which program a command is"),
    ("PROMPT_COMMAND", "is a command that bash runs before each prompt"),
    ("PS4", "is expanded, commands included, by a shell that traces"),
    ("SHELL", "is the program that others start as the shell"),
    ("SHELLOPTS", "sets options of bash"),
    ("BASHOPTS", "sets options of bash"),
    ("ZDOTDIR", "is where zsh finds the files that it runs"),
    // The dynamic linker, each name of ld.so(8): `LD_` is the prefix of other products' secrets, too (LD_SDK_KEY).
    ("LD_ASSUME_KERNEL", "changes which libraries the dynamic linker loads"),
    ("LD_AUDIT", "makes the dynamic linker load code"),
    ("LD_BIND_NOT", "changes how the dynamic linker works"),
    ("LD_BIND_NOW", "changes how the dynamic linker works"),
    ("LD_DEBUG", "makes the dynamic linker write what it does"),
    ("LD_DEBUG_OUTPUT", "names a file that the dynamic linker writes"),
    ("LD_DYNAMIC_WEAK", "changes which code the dynamic linker takes"),
    ("LD_HWCAP_MASK", "changes which libraries the dynamic linker loads"),
    ("LD_LIBRARY_PATH", "is where the dynamic linker looks for code"),
    ("LD_ORIGIN_PATH", "is where the dynamic linker looks for code"),
    ("LD_POINTER_GUARD", "switches off a protection of the C library"),
    ("LD_PREFER_MAP_32BIT_EXEC", "weakens a protection of the dynamic linker"),
    ("LD_PRELOAD", "makes the dynamic linker load code"),
    ("LD_PROFILE", "makes the dynamic linker write a profile"),
    ("LD_PROFILE_OUTPUT", "is where the dynamic linker writes a profile"),
    ("LD_RUN_PATH", "is where programs that are built with it look for code"),
    ("LD_SHOW_AUXV", "makes the dynamic linker write to stdout"),
    ("LD_TRACE_LOADED_OBJECTS", "makes the dynamic linker list libraries in place of running the program"),
    ("LD_TRACE_PRELINKING", "makes the dynamic linker list libraries in place of running the program"),
    ("LD_USE_LOAD_BIAS", "changes where the dynamic linker loads code"),
    ("LD_VERBOSE", "makes the dynamic linker write what it does"),
    ("LD_WARN", "makes the dynamic linker write what it does"),
    // The C library.
    ("GCONV_PATH", "makes the C library load code"),
    ("GETCONF_DIR", "is where getconf finds programs to run"),
    ("GLIBC_TUNABLES", "changes how the C library works"),
    ("LOCPATH", "is where the C library loads locales from"),
    ("NLSPATH", "is where the C library loads messages from"),
    // Interpreters and their package managers.
    ("CLASSPATH", "is where Java loads code from"),
    ("COR_PROFILER", "makes .NET load code"),
    ("CORECLR_PROFILER", "makes .NET load code"),
    ("DOTNET_STARTUP_HOOKS", "makes .NET load code"),
    ("ERL_AFLAGS", "gives Erlang arguments, code to run among them"),
    ("ERL_FLAGS", "gives Erlang arguments, code to run among them"),
    ("ERL_ZFLAGS", "gives Erlang arguments, code to run among them"),
    ("GEM_HOME", "is where Ruby loads packages from"),
    ("GEM_PATH", "is where Ruby loads packages from"),
    ("JAVA_TOOL_OPTIONS", "gives Java options, agents to load among them"),
    ("JDK_JAVA_OPTIONS", "gives Java options, agents to load among them"),
    ("_JAVA_OPTIONS", "gives Java options, agents to load among them"),
    ("JULIA_LOAD_PATH", "is where Julia loads code from"),
    ("LUA_CPATH", "is where Lua loads code from"),
    ("LUA_INIT", "is code that Lua runs when it starts"),
    ("LUA_PATH", "is where Lua loads code from"),
    ("NODE_OPTIONS", "gives Node.js options, modules to load among them"),
    ("NODE_PATH", "is where Node.js loads modules from"),
    ("NPM_CONFIG_NODE_OPTIONS", "gives Node.js options, modules to load among them"),
    ("NPM_CONFIG_SCRIPT_SHELL", "is the shell that npm starts"),
    ("npm_config_node_options", "gives Node.js options, modules to load among them"),
    ("npm_config_script_shell", "is the shell that npm starts"),
    ("PERL5DB", "is code that Perl's debugger runs"),
    ("PERL5LIB", "is where Perl loads modules from"),
    ("PERL5OPT", "gives Perl options, modules to load among them"),
    ("PERLLIB", "is where Perl loads modules from"),
    ("PHPRC", "is where PHP finds settings that load code"),
    ("PHP_INI_SCAN_DIR", "is where PHP finds settings that load code"),
    ("PYTHONBREAKPOINT", "names a function that Python calls"),
    ("PYTHONHOME", "is where Python loads its library from"),
    ("PYTHONINSPECT", "makes Python read commands when a program ends"),
    ("PYTHONPATH", "is where Python loads modules from"),
    ("PYTHONSTARTUP", "is a file that Python runs when it starts"),
    ("PYTHONUSERBASE", "is where Python loads packages from"),
    ("RUBYLIB", "is where Ruby loads code from"),
    ("RUBYOPT", "gives Ruby options, code to load among them"),
    ("R_PROFILE", "is a file that R runs when it starts"),
    ("R_PROFILE_USER", "is a file that R runs when it starts"),
    // Programs that run other programs.
    ("AWS_CONFIG_FILE", "may name a program that AWS's libraries run (credential_process)"),
    ("AWS_SHARED_CREDENTIALS_FILE", "may name a program that AWS's libraries run (credential_process)"),
    ("EDITOR", "is a program that others start"),
    ("GIT_ASKPASS", "is a program that git starts"),
    ("GIT_EDITOR", "is a command that git runs"),
    ("GIT_EXEC_PATH", "is where git finds its own programs"),
    ("GIT_EXTERNAL_DIFF", "is a command that git runs"),
    ("GIT_PAGER", "is a command that git runs"),
    ("GIT_PROXY_COMMAND", "is a command that git runs"),
    ("GIT_SEQUENCE_EDITOR", "is a command that git runs"),
    ("GIT_SSH", "is a program that git starts"),
    ("GIT_SSH_COMMAND", "is a command that git runs"),
    ("GIT_TEMPLATE_DIR", "is where git takes the hooks of a new repository from"),
    ("LESSCLOSE", "is a command that less runs"),
    ("LESSOPEN", "is a command that less runs"),
    ("MAKEFLAGS", "gives make options, commands to run among them"),
    ("MANPAGER", "is a program that others start"),
    ("OPENSSL_CONF", "makes OpenSSL load code"),
    ("OPENSSL_ENGINES", "is where OpenSSL loads code from"),
    ("OPENSSL_MODULES", "is where OpenSSL loads code from"),
    ("PAGER", "is a program that others start"),
    ("RUSTC_WRAPPER", "is a program that cargo starts"),
    ("SSH_ASKPASS", "is a program that ssh starts"),
    ("SUDO_ASKPASS", "is a program that sudo starts"),
    ("VISUAL", "is a program that others start"),
];

/// Names that begin so.
const FAMILIES: &[(&str, &str)] = &[
    ("DYLD_", "makes the dynamic linker load code"),
    ("BASH_FUNC_", "is a function of bash"),
    ("GIT_CONFIG", "gives git settings, commands to run among them"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_load_code() {
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "LD_AUDIT",
            "DYLD_INSERT_LIBRARIES",
            "NODE_OPTIONS",
            "BASH_ENV",
            "ENV",
            "PYTHONSTARTUP",
            "PYTHONPATH",
            "PERL5OPT",
            "RUBYOPT",
            "JAVA_TOOL_OPTIONS",
            "GIT_SSH_COMMAND",
            "PATH",
            "IFS",
        ] {
            assert!(reason(name).is_some(), "{name}");
        }
        for name in [
            "PATH_TO_DATA",
            "DATABASE_URL",
            "GITHUB_TOKEN",
            "ENVIRONMENT",
            "LDAP_PASSWORD",
            // LaunchDarkly's.
            "LD_SDK_KEY",
            "LD_CLIENT_SIDE_ID",
            "path",
            "NPM_TOKEN",
            "GIT_TOKEN",
            "npm_config__authToken",
        ] {
            assert_eq!(reason(name), None, "{name}");
        }
    }

    #[test]
    fn each_name_stands_there_once() {
        let names: std::collections::BTreeSet<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), NAMES.len());
        assert!(NAMES.iter().all(|(name, _)| FAMILIES.iter().all(|(prefix, _)| !name.starts_with(prefix))));
    }
}
