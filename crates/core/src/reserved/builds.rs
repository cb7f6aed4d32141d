//! What builds programs: compilers, make and its like, and the tools of languages that are
//! compiled.

use super::Program;

const COMPILER: &str = "is a program that make starts";
const FLAGS: &str = "gives a compiler options, plugins to load among them";

pub(super) const PROGRAMS: &[Program] = &[
    Program {
        name: "make",
        manual: "https://www.gnu.org/software/make/manual/html_node/Environment.html",
        load: &[
            ("GNUMAKEFLAGS", "gives make options, commands to run among them"),
            ("MAKE", "is a program that make starts"),
            ("MAKEFILES", "names files that make runs"),
            ("MAKEFLAGS", "gives make options, commands to run among them"),
            ("MFLAGS", "gives make options, commands to run among them"),
            ("AR", COMPILER),
            ("AS", COMPILER),
            ("CC", COMPILER),
            ("CPP", COMPILER),
            ("CXX", COMPILER),
            ("FC", COMPILER),
            ("LD", COMPILER),
            ("LEX", COMPILER),
            ("YACC", COMPILER),
            ("ASFLAGS", FLAGS),
            ("CFLAGS", FLAGS),
            ("CPPFLAGS", FLAGS),
            ("CXXFLAGS", FLAGS),
            ("LDFLAGS", FLAGS),
            ("LDLIBS", FLAGS),
        ],
        families: &[("MAKEF*", "changes how make works")],
        ..Program::NONE
    },
    Program {
        name: "GCC, Clang",
        manual: "https://gcc.gnu.org/onlinedocs/gcc/Environment-Variables.html",
        load: &[
            ("CCC_OVERRIDE_OPTIONS", FLAGS),
            ("COMPILER_PATH", "is where GCC finds its own programs"),
            ("CPATH", "is where a compiler finds code to include"),
            ("CPLUS_INCLUDE_PATH", "is where a compiler finds code to include"),
            ("C_INCLUDE_PATH", "is where a compiler finds code to include"),
            ("GCC_EXEC_PREFIX", "is where GCC finds its own programs"),
            ("LIBRARY_PATH", "is where a linker finds code"),
            ("OBJC_INCLUDE_PATH", "is where a compiler finds code to include"),
        ],
        change: &[
            ("DEPENDENCIES_OUTPUT", "names a file that GCC writes"),
            ("SUNPRO_DEPENDENCIES", "names a file that GCC writes"),
        ],
        families: &[("GCC_*", "changes how GCC works"), ("COLLECT_*", "changes how GCC works")],
        harmless: &["GCC_VERSION", "GCC_COLORS"],
        ..Program::NONE
    },
    Program {
        name: "CMake, autoconf, pkg-config, ccache",
        manual: "https://cmake.org/cmake/help/latest/manual/cmake-env-variables.7.html",
        load: &[
            ("CMAKE_*_LAUNCHER", "is a program that CMake's builds start"),
            ("CMAKE_*_PATH", "is where CMake finds files that it runs"),
            ("CMAKE_GENERATOR*", "changes which programs CMake's builds start"),
            ("CMAKE_TOOLCHAIN_FILE", "is a file that CMake runs"),
            ("CCACHE_*", "is an option of ccache, which has options that run programs"),
            ("CONFIG_SHELL", "is a program that configure starts"),
            ("CONFIG_SITE", "is a script that configure runs"),
            ("M4PATH", "is where m4 finds files that it runs"),
            ("PKG_CONFIG", "is a program that builds start"),
            ("PKG_CONFIG_*", "is where builds find options of a compiler"),
        ],
        families: &[("CMAKE_*", "changes how CMake works")],
        harmless: &["CMAKE_BUILD_TYPE", "CMAKE_BUILD_PARALLEL_LEVEL", "CMAKE_VERSION"],
        ..Program::NONE
    },
    Program {
        name: "cargo, rustc, rustup",
        manual: "https://doc.rust-lang.org/cargo/reference/environment-variables.html",
        load: &[
            ("CARGO", "is a program that others start as cargo"),
            ("CARGO_*_CREDENTIAL_PROVIDER", "is a program that cargo starts"),
            ("CARGO_*_CREDENTIAL_PROVIDERS", "are programs that cargo starts"),
            ("CARGO_*_LINKER", "is a program that cargo starts"),
            ("CARGO_*_RUNNER", "is a program that cargo starts"),
            ("CARGO_*_RUSTC", "is a program that cargo starts"),
            ("CARGO_*_RUSTDOC", "is a program that cargo starts"),
            ("CARGO_*_WRAPPER", "is a program that cargo starts"),
            ("CARGO_*RUSTFLAGS", "gives the Rust compiler options, programs to run among them"),
            ("CARGO_ALIAS_*", "changes what a command of cargo does"),
            ("CARGO_HOME", "is where cargo finds settings and programs to run"),
            ("RUSTC", "is a program that cargo starts"),
            ("RUSTC_*WRAPPER", "is a program that cargo starts"),
            ("RUSTDOC", "is a program that cargo starts"),
            ("RUSTDOCFLAGS", "gives rustdoc options, programs to run among them"),
            ("RUSTFLAGS", "gives the Rust compiler options, programs to run among them"),
            ("RUSTUP_HOME", "is where rustup finds programs to run"),
            ("RUSTUP_TOOLCHAIN", "changes which compiler rustup starts"),
        ],
        families: &[
            ("CARGO_*", "changes how cargo works"),
            ("RUSTC_*", "changes how the Rust compiler works"),
            ("RUSTUP_*", "changes how rustup works"),
        ],
        harmless: &["CARGO_TERM_*", "CARGO_INCREMENTAL", "CARGO_NET_*", "CARGO_BUILD_JOBS"],
        ..Program::NONE
    },
    Program {
        name: "Go",
        manual: "https://pkg.go.dev/cmd/go#hdr-Environment_variables",
        load: &[
            ("CGO_*", FLAGS),
            ("GOAUTH", "names programs that Go starts"),
            ("GOCACHEPROG", "is a program that Go starts"),
            ("GOENV", "is a file of settings of Go, options to run programs among them"),
            ("GOFLAGS", "gives Go options, programs to run among them"),
            ("GOPATH", "is where Go finds code"),
            ("GOPACKAGESDRIVER", "is a program that Go's tools start"),
            ("GOROOT", "is where Go finds its own programs"),
            ("GOTOOLCHAIN", "changes which compiler Go starts"),
            ("GOWORK", "is where Go finds code"),
        ],
        change: &[
            ("GOINSECURE", "switches off a protection of Go"),
            ("GONOSUMCHECK", "switches off a protection of Go"),
            ("GONOSUMDB", "switches off a protection of Go"),
            ("GOPROXY", "is where Go downloads code from"),
            ("GOSUMDB", "switches off a protection of Go"),
        ],
        ..Program::NONE
    },
    Program {
        name: "Maven, Gradle, Ant",
        manual: "https://maven.apache.org/configure.html",
        load: &[
            ("ANT_ARGS", "gives Ant options, code to load among them"),
            ("ANT_OPTS", "gives Java options, agents to load among them"),
            ("GRADLE_HOME", "is where Gradle is loaded from"),
            ("GRADLE_OPTS", "gives Java options, agents to load among them"),
            ("GRADLE_USER_HOME", "is where Gradle finds scripts that it runs"),
            ("M2_HOME", "is where Maven is loaded from"),
            ("MAVEN_ARGS", "gives Maven options, code to load among them"),
            ("MAVEN_HOME", "is where Maven is loaded from"),
            ("MAVEN_OPTS", "gives Java options, agents to load among them"),
        ],
        ..Program::NONE
    },
    Program {
        name: "Xcode, Homebrew, Nix",
        manual: "https://nix.dev/manual/nix/latest/command-ref/env-common.html",
        load: &[
            ("DEVELOPER_DIR", "is where macOS finds compilers and git"),
            ("NIX_CONFIG", "gives Nix settings, programs to run among them"),
            ("NIX_PATH", "is where Nix finds code"),
            ("NIX_USER_CONF_FILES", "names files of settings of Nix, programs to run among them"),
            ("SDKROOT", "is where a compiler finds code to include"),
        ],
        families: &[("NIX_*", "changes how Nix works"), ("HOMEBREW_*", "changes how Homebrew works")],
        harmless: &["HOMEBREW_NO_*"],
        ..Program::NONE
    },
];
