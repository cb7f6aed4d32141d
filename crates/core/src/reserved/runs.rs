//! Commands that show what the names do: with these variables, a command creates the file `PWNED`.
//! The tests of the binary run them with the programs of the machine, and check that nothing
//! happens if the variables come from an env file.

/// A command that its variables control.
pub struct Run {
    /// The program that must be installed.
    pub program: &'static str,
    /// Each variable with its value, in which `{dir}` is the folder of the run.
    pub set: &'static [(&'static str, &'static str)],
    /// A shell command, run in that folder.
    pub command: &'static str,
}

const fn run(
    program: &'static str,
    set: &'static [(&'static str, &'static str)],
    command: &'static str,
) -> Run {
    Run { program, set, command }
}

/// All of them. `code` is a program, `code.js` and similar files are scripts, and `code.so` is a
/// library. Each creates the file.
pub const RUNS: &[Run] = &[
    run(
        "python3",
        &[
            ("PYTHONWARNINGS", "all:0:antigravity.x:0:0"),
            ("BROWSER", "/bin/sh -c 'touch {dir}/PWNED' #%s"),
        ],
        "python3 -c 1",
    ),
    run("python3", &[("PYTHONPATH", "{dir}/python")], "python3 -c 1"),
    run("python3", &[("PYTHONSTARTUP", "{dir}/code.py")], "python3 -i"),
    run("python3", &[("BROWSER", "{dir}/code")], "python3 -m webbrowser x"),
    run("node", &[("NODE_OPTIONS", "--require={dir}/code.js")], "node -e 1"),
    run("node", &[("NODE_PATH", "{dir}")], "node -e 'require(\"code.js\")'"),
    run(
        "node",
        &[("NODE_REDIRECT_WARNINGS", "{dir}/PWNED")],
        "node -e 'process.emitWarning(1+\"\")'",
    ),
    run("npm", &[("NPM_config_script_shell", "{dir}/code")], "npm run script"),
    run("npm", &[("npm_config_userconfig", "{dir}/npmrc")], "npm run script"),
    run("npm", &[("NPM_CONFIG_GLOBALCONFIG", "{dir}/npmrc")], "npm run script"),
    run("perl", &[("PERL5OPT", "-I{dir}/perl -Mcode")], "perl -e 1"),
    run("perl", &[("PERL5LIB", "{dir}/perl")], "perl -Mcode -e 1"),
    run(
        "perl",
        &[("PERL5DB", "BEGIN { system 'touch {dir}/PWNED' } sub DB::DB {}")],
        "perl -d -e 1",
    ),
    run("prove", &[("HARNESS_PERL", "{dir}/code")], "prove source.c"),
    run("prove", &[("HARNESS_PERL_SWITCHES", "-I{dir}/perl -Mcode")], "prove source.c"),
    run("prove", &[("HARNESS_SUBCLASS", "code")], "PERL5LIB=$PWD/perl prove source.c"),
    run("java", &[("JAVA_TOOL_OPTIONS", "-agentpath:{dir}/code.so")], "java -version"),
    run("make", &[("MAKEFILES", "{dir}/code.mk")], "make none"),
    run("make", &[("MAKEFLAGS", "--eval=include\\ {dir}/code.mk")], "make none"),
    run("make", &[("GNUMAKEFLAGS", "--eval=include\\ {dir}/code.mk")], "make none"),
    run("make", &[("CC", "{dir}/code")], "make -B source.o"),
    run("make", &[("OUTPUT_OPTION", "; {dir}/code")], "make -B source.o"),
    run("gcc", &[("COMPILER_PATH", "{dir}/gcc")], "gcc -c source.c"),
    run("gcc", &[("GCC_EXEC_PREFIX", "{dir}/gcc/")], "gcc -c source.c"),
    run("gcc", &[("DEPENDENCIES_OUTPUT", "{dir}/PWNED")], "gcc -c source.c"),
    run("git", &[("XDG_CONFIG_HOME", "{dir}/config")], "git -C repository status"),
    run("git", &[("GIT_DIR", "{dir}/git"), ("GIT_WORK_TREE", "{dir}")], "git status"),
    run("git", &[("GIT_CONFIG_GLOBAL", "{dir}/config/git/config")], "git -C repository status"),
    run(
        "git",
        &[
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
            ("GIT_CONFIG_VALUE_0", "{dir}/code"),
        ],
        "git -C repository status",
    ),
    run("git", &[("GIT_SSH_COMMAND", "{dir}/code")], "git ls-remote ssh://localhost/x"),
    run("git", &[("GIT_SSH", "{dir}/code")], "git ls-remote ssh://localhost/x"),
    run("git", &[("GIT_PROXY_COMMAND", "{dir}/code")], "git ls-remote git://localhost/x"),
    run("git", &[("GIT_EXEC_PATH", "{dir}/git-programs")], "git ls-remote http://localhost/x"),
    run("git", &[("GIT_EXTERNAL_DIFF", "{dir}/code")], "git -C repository diff"),
    run(
        "git",
        &[("GIT_EDITOR", "{dir}/code")],
        "PATH=$PWD/editors:$PATH git -C repository commit --allow-empty",
    ),
    run(
        "git",
        &[("EDITOR", "{dir}/code")],
        "PATH=$PWD/editors:$PATH git -C repository commit --allow-empty",
    ),
    run(
        "git",
        &[("VISUAL", "{dir}/code"), ("TERM", "xterm")],
        "PATH=$PWD/editors:$PATH git -C repository commit --allow-empty",
    ),
    run("git", &[("GIT_TRACE", "{dir}/PWNED")], "git version"),
    run("kubectl", &[("KUBECONFIG", "{dir}/kubeconfig")], "kubectl get pods"),
    run("docker", &[("DOCKER_CONFIG", "{dir}/docker")], "docker help"),
    run("curl", &[("CURL_HOME", "{dir}/curl")], "curl file://$PWD/source.c"),
    run("wget", &[("WGETRC", "{dir}/wgetrc")], "wget http://127.0.0.1:1/"),
    run("openssl", &[("OPENSSL_CONF", "{dir}/openssl.cnf")], "openssl list -providers"),
    run("less", &[("LESSOPEN", "|{dir}/code %s")], "less source.c"),
    run(
        "tar",
        &[("TAR_OPTIONS", "--checkpoint=1 --checkpoint-action=exec={dir}/code")],
        "tar cf archive source.c",
    ),
    run("bash", &[("BASH_ENV", "{dir}/code")], "bash -c :"),
    run("bash", &[("PROMPT_COMMAND", "touch {dir}/PWNED")], "echo | bash --norc -i"),
    run("bash", &[("PS0", "$(touch {dir}/PWNED)")], "echo : | bash --norc -i"),
    run("bash", &[("PS1", "$(touch {dir}/PWNED)")], "echo | bash --norc -i"),
    run(
        "bash",
        &[("MAILPATH", "{dir}/source.c?$(touch {dir}/PWNED)")],
        "touch -d 2001-01-01 source.c; echo 'MAILCHECK=0; touch -d 2030-01-01 source.c' | bash \
             --norc -i",
    ),
    run("sh", &[("ENV", "{dir}/code")], "sh -i -c :"),
    run("sh", &[("LD_PRELOAD", "{dir}/code.so")], "ls"),
];
