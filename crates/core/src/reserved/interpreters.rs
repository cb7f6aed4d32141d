//! Interpreters, and the tools that install and run their packages.

use super::Program;

const PYTHON: &str = "changes how Python works";
const NODE: &str = "changes how Node.js works";

pub(super) const PROGRAMS: &[Program] = &[
    Program {
        name: "Python",
        manual: "https://docs.python.org/3/using/cmdline.html#environment-variables",
        load: &[
            ("PYTHONBREAKPOINT", "names a function that Python calls"),
            ("PYTHONEXECUTABLE", "is where Python looks for its library"),
            ("PYTHONHOME", "is where Python loads its library from"),
            ("PYTHONINSPECT", "makes Python read commands when a program ends"),
            ("PYTHONPATH", "is where Python loads modules from"),
            ("PYTHONPLATLIBDIR", "is where Python loads its library from"),
            ("PYTHONPYCACHEPREFIX", "is where Python loads compiled modules from"),
            ("PYTHONSTARTUP", "is a file that Python runs when it starts"),
            ("PYTHONUSERBASE", "is where Python loads packages from"),
            ("PYTHONWARNINGS", "names modules that Python loads"),
            ("PYTHON_PRESITE", "is a module that Python loads when it starts"),
            ("__PYVENV_LAUNCHER__", "is where Python looks for its library"),
            ("IPYTHONDIR", "is where IPython finds files that it runs"),
            ("JUPYTER_CONFIG_DIR", "is where Jupyter finds settings that run code"),
            ("JUPYTER_CONFIG_PATH", "is where Jupyter finds settings that run code"),
            ("PYTEST_ADDOPTS", "gives pytest options, modules to load among them"),
            ("PYTEST_PLUGINS", "names modules that pytest loads"),
            ("GUNICORN_CMD_ARGS", "gives gunicorn options, a file to run among them"),
        ],
        change: &[
            ("MPLBACKEND", "names a module that Matplotlib loads"),
            ("VIRTUAL_ENV", "is where tools look for Python"),
        ],
        families: &[("PYTHON*", PYTHON)],
        harmless: &[
            "PYTHONUNBUFFERED",
            "PYTHONDONTWRITEBYTECODE",
            "PYTHONHASHSEED",
            "PYTHONIOENCODING",
            "PYTHONUTF8",
            "PYTHONFAULTHANDLER",
            "PYTHONTRACEMALLOC",
            "PYTHONASYNCIODEBUG",
            "PYTHONDEVMODE",
            "PYTHONOPTIMIZE",
            "PYTHONVERBOSE",
            "PYTHONNOUSERSITE",
            "PYTHONSAFEPATH",
            "PYTHONMALLOC",
            "PYTHONCOERCECLOCALE",
            "PYTHON_CPU_COUNT",
            "PYTHON_COLORS",
            "PYTHON_GIL",
            "PYTHON_ENV",
            "PYTHON_VERSION",
        ],
        ..Program::NONE
    },
    Program {
        name: "uWSGI",
        manual: "https://uwsgi-docs.readthedocs.io/en/latest/Configuration.html#environment-variables",
        families: &[("UWSGI_*", "is an option of uWSGI, which has options that run code")],
        families_load: true,
        harmless: &["UWSGI_PROCESSES", "UWSGI_THREADS", "UWSGI_WORKERS", "UWSGI_CHEAPER*"],
        ..Program::NONE
    },
    Program {
        name: "pip, uv, Poetry, Conda",
        manual: "https://pip.pypa.io/en/stable/topics/configuration/#environment-variables",
        load: &[
            ("PIP_CONFIG_FILE", "is where pip finds settings, programs to run among them"),
            ("PIP_PYTHON", "is a program that pip starts"),
            ("UV_CONFIG_FILE", "is where uv finds settings, programs to run among them"),
            ("UV_PYTHON", "is a program that uv starts"),
            ("CONDARC", "is where conda finds settings that load code"),
            ("CONDA_EXE", "is a program that conda's shell functions start"),
        ],
        families: &[
            ("PIP_*", "is an option of pip, which installs code"),
            ("UV_*", "is an option of uv, which installs code"),
            ("POETRY_*", "is an option of Poetry, which installs code"),
            ("CONDA_*", "changes how conda works"),
        ],
        harmless: &[
            "PIP_NO_CACHE_DIR",
            "PIP_DISABLE_PIP_VERSION_CHECK",
            "PIP_DEFAULT_TIMEOUT",
            "UV_COMPILE_BYTECODE",
            "UV_LINK_MODE",
            "UV_NO_CACHE",
            "UV_FROZEN",
            "POETRY_VERSION",
            "POETRY_NO_INTERACTION",
            "POETRY_HTTP_BASIC_*",
            "CONDA_DEFAULT_ENV",
        ],
        ..Program::NONE
    },
    Program {
        name: "Node.js",
        manual: "https://nodejs.org/api/cli.html#environment-variables_1",
        load: &[
            ("NODE_COMPILE_CACHE", "is where Node.js loads compiled code from"),
            ("NODE_CONFIG_DIR", "is where the package `config` finds files that it runs"),
            ("NODE_OPTIONS", "gives Node.js options, modules to load among them"),
            ("NODE_PATH", "is where Node.js loads modules from"),
            ("NODE_REPL_EXTERNAL_MODULE", "is a module that Node.js loads"),
            ("TS_NODE_*", "is an option of ts-node, which has options that load code"),
            ("BUN_OPTIONS", "gives Bun options, modules to load among them"),
            ("ELECTRON_RUN_AS_NODE", "makes a program run the script that it is given"),
        ],
        change: &[
            ("DENO_DIR", "is where Deno loads modules from"),
            ("NODE_REDIRECT_WARNINGS", "names a file that Node.js writes"),
            ("NODE_TLS_REJECT_UNAUTHORIZED", "switches off a protection of Node.js"),
        ],
        families: &[("NODE_*", NODE)],
        harmless: &[
            "NODE_ENV",
            "NODE_NO_WARNINGS",
            "NODE_DISABLE_COLORS",
            "NODE_VERSION",
            "NODE_DEBUG",
            "NODE_APP_INSTANCE",
            "NODE_CONFIG_ENV",
            "NODE_HOST",
            "NODE_PORT",
            "NODE_URL",
            "NODE_RPC_URL",
            "NODE_ID",
            "NODE_IP",
            "NODE_NAME",
        ],
        ..Program::NONE
    },
    Program {
        name: "npm, pnpm, Yarn",
        manual: "https://docs.npmjs.com/cli/v11/using-npm/config#environment-variables",
        families: &[
            ("NPM_CONFIG_*", "is an option of npm, which has options that run code"),
            ("PNPM_CONFIG_*", "is an option of pnpm, which has options that run code"),
            ("YARN_*", "is an option of Yarn, which has options that run code"),
        ],
        families_load: true,
        harmless: &["NPM_CONFIG_LOGLEVEL", "NPM_CONFIG_UPDATE_NOTIFIER", "NPM_CONFIG_FUND", "YARN_VERSION"],
        any_case: true,
        ..Program::NONE
    },
    Program {
        name: "Corepack",
        manual: "https://github.com/nodejs/corepack#environment-variables",
        families: &[("COREPACK_*", "changes which package manager corepack starts")],
        ..Program::NONE
    },
    Program {
        name: "Perl",
        manual: "https://perldoc.perl.org/perlrun#ENVIRONMENT",
        load: &[
            ("PERL5DB", "is code that Perl's debugger runs"),
            ("PERL5LIB", "is where Perl loads modules from"),
            ("PERL5OPT", "gives Perl options, modules to load among them"),
            ("PERL5SHELL", "is a program that Perl starts"),
            ("PERLLIB", "is where Perl loads modules from"),
            ("PERLDB_OPTS", "gives Perl's debugger options, commands to run among them"),
            ("PERL_MB_OPT", "gives the installer of Perl modules options, code to run among them"),
            ("PERL_MM_OPT", "gives the installer of Perl modules options, code to run among them"),
        ],
        families: &[("PERL*", "changes how Perl works")],
        harmless: &["PERL_VERSION", "PERL_HASH_SEED", "PERL_UNICODE"],
        ..Program::NONE
    },
    Program {
        name: "Ruby, RubyGems, Bundler",
        manual: "https://docs.ruby-lang.org/en/master/ruby/options_md.html",
        load: &[
            ("RUBYLIB", "is where Ruby loads code from"),
            ("RUBYOPT", "gives Ruby options, code to load among them"),
            ("RUBYSHELL", "is a program that Ruby starts"),
            ("GEM_HOME", "is where Ruby loads packages from"),
            ("GEM_PATH", "is where Ruby loads packages from"),
            ("GEMRC", "is where RubyGems finds settings that load code"),
            ("BUNDLE_APP_CONFIG", "is where Bundler finds settings that load code"),
            ("BUNDLE_GEMFILE", "is a file that Bundler runs"),
            ("BUNDLE_LOCAL__*", "is where Bundler loads a package from"),
            ("BUNDLE_MIRROR__*", "is where Bundler installs packages from"),
            ("BUNDLE_PATH", "is where Bundler loads packages from"),
            ("IRBRC", "is a file that irb runs when it starts"),
            ("PRYRC", "is a file that pry runs when it starts"),
        ],
        families: &[
            ("RUBY*", "changes how Ruby works"),
            ("GEM_*", "changes how RubyGems works"),
            ("BUNDLE_*", "changes how Bundler works"),
        ],
        harmless: &[
            "RUBY_VERSION",
            "RUBY_ENV",
            "RUBY_YJIT_ENABLE",
            "BUNDLE_WITHOUT",
            "BUNDLE_JOBS",
            "BUNDLE_RETRY",
            "BUNDLE_FROZEN",
            "BUNDLE_DEPLOYMENT",
        ],
        ..Program::NONE
    },
    Program {
        name: "Lua",
        manual: "https://www.lua.org/manual/5.4/manual.html#7",
        load: &[
            ("LUA_CPATH*", "is where Lua loads code from"),
            ("LUA_INIT*", "is code that Lua runs when it starts"),
            ("LUA_PATH*", "is where Lua loads code from"),
        ],
        families: &[("LUA_*", "changes how Lua works")],
        ..Program::NONE
    },
    Program {
        name: "PHP, Composer",
        manual: "https://www.php.net/manual/en/configuration.file.php",
        load: &[
            ("PHPRC", "is where PHP finds settings that load code"),
            ("PHP_INI_SCAN_DIR", "is where PHP finds settings that load code"),
            ("COMPOSER", "is a file with commands that Composer runs"),
            ("COMPOSER_HOME", "is where Composer loads plugins from"),
            ("COMPOSER_VENDOR_DIR", "is where PHP programs load packages from"),
        ],
        families: &[("COMPOSER_*", "changes how Composer works")],
        harmless: &["COMPOSER_AUTH", "COMPOSER_ALLOW_SUPERUSER", "COMPOSER_NO_INTERACTION", "COMPOSER_MEMORY_LIMIT"],
        ..Program::NONE
    },
    Program {
        name: "R",
        manual: "https://stat.ethz.ch/R-manual/R-devel/library/base/html/Startup.html",
        load: &[
            ("R_ENVIRON", "is a file of variables that R reads when it starts"),
            ("R_ENVIRON_USER", "is a file of variables that R reads when it starts"),
            ("R_HOME", "is where R is loaded from"),
            ("R_LIBS*", "is where R loads packages from"),
            ("R_PROFILE", "is a file that R runs when it starts"),
            ("R_PROFILE_USER", "is a file that R runs when it starts"),
        ],
        ..Program::NONE
    },
    Program {
        name: "Julia",
        manual: "https://docs.julialang.org/en/v1/manual/environment-variables/",
        load: &[
            ("JULIA_DEPOT_PATH", "is where Julia loads packages from"),
            ("JULIA_LOAD_PATH", "is where Julia loads code from"),
            ("JULIA_PROJECT", "is where Julia finds which code to load"),
        ],
        families: &[("JULIA_*", "changes how Julia works")],
        harmless: &["JULIA_NUM_THREADS", "JULIA_VERSION"],
        ..Program::NONE
    },
    Program {
        name: "Awk, Guile, OCaml, Tcl",
        manual: "https://www.gnu.org/software/gawk/manual/html_node/Environment-Variables.html",
        load: &[
            ("AWKPATH", "is where awk loads code from"),
            ("AWKLIBPATH", "is where awk loads code from"),
            ("CAML_LD_LIBRARY_PATH", "is where OCaml loads code from"),
            ("GUILE_LOAD_*", "is where Guile loads code from"),
            ("OCAMLPATH", "is where OCaml loads code from"),
            ("TCLLIBPATH", "is where Tcl loads code from"),
            ("TCL_LIBRARY", "is where Tcl loads code from"),
        ],
        ..Program::NONE
    },
];
