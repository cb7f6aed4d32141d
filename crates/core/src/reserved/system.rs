//! The system: shells, the dynamic linker, the C library, and the libraries of desktops.

use super::Program;

const LINKER: &str = "changes how the dynamic linker works";
const LIBRARIES: &str = "changes which libraries the dynamic linker loads";
const PLUGINS: &str = "makes a library load code";

pub(super) const PROGRAMS: &[Program] = &[
    Program {
        name: "Shells, and whatever starts a program",
        manual: "https://www.gnu.org/software/bash/manual/html_node/Bash-Variables.html",
        load: &[
            ("BASHOPTS", "sets options of bash"),
            ("BASH_ENV", "is a file that bash runs before a script"),
            ("BASH_FUNC_*", "is a function of bash"),
            ("BASH_LOADABLES_PATH", "is where bash loads code from"),
            ("CDPATH", "changes which folder a shell's `cd` goes to"),
            ("ENV", "is a file that a POSIX shell runs when it starts"),
            ("FCEDIT", "is a program that bash starts"),
            ("FPATH", "is where zsh finds functions"),
            ("GLOBIGNORE", "changes what a pattern of bash matches"),
            ("HOME", "is where programs look for the settings that they run code from"),
            ("IFS", "changes how a shell splits its commands"),
            ("INPUTRC", "is where shells find what keys do, commands among them"),
            ("MAILPATH", "is expanded, commands included, by bash"),
            ("PAGER", "is a program that others start"),
            ("PATH", "decides which program a command is"),
            ("PROMPT_COMMAND", "is a command that bash runs before each prompt"),
            ("PS0", "is expanded, commands included, by bash"),
            ("PS1", "is expanded, commands included, by a shell"),
            ("PS2", "is expanded, commands included, by a shell"),
            ("PS4", "is expanded, commands included, by a shell that traces"),
            ("SHELL", "is the program that others start as the shell"),
            ("SHELLOPTS", "sets options of bash"),
            ("ZDOTDIR", "is where zsh finds the files that it runs"),
        ],
        change: &[
            ("BASH_XTRACEFD", "changes where bash writes"),
            ("HISTFILE", "names a file that a shell writes"),
            ("TMPDIR", "is where programs write files that others must not read or change"),
        ],
        families: &[("*_WRAPPER", "is a program that others start in the place of another")],
        ..Program::NONE
    },
    Program {
        name: "Folders of a user's settings",
        manual: "https://specifications.freedesktop.org/basedir-spec/latest/",
        load: &[
            ("XDG_CONFIG_DIRS", "is where programs look for the settings that they run code from"),
            ("XDG_CONFIG_HOME", "is where programs look for the settings that they run code from"),
            ("XDG_DATA_DIRS", "is where programs look for code"),
            ("XDG_DATA_HOME", "is where programs look for code"),
        ],
        families: &[
            ("XDG_*_DIRS", "is where programs look for files"),
            ("XDG_*_HOME", "is where programs look for files"),
        ],
        ..Program::NONE
    },
    // The names of ld.so(8), and a family that other products use too (LD_SDK_KEY).
    Program {
        name: "The dynamic linker",
        manual: "https://man7.org/linux/man-pages/man8/ld.so.8.html",
        load: &[
            ("DYLD_*", "makes the dynamic linker load code"),
            ("LD_ASSUME_KERNEL", LIBRARIES),
            ("LD_AUDIT", "makes the dynamic linker load code"),
            ("LD_BIND_NOT", LINKER),
            ("LD_BIND_NOW", LINKER),
            ("LD_DEBUG", "makes the dynamic linker write what it does"),
            ("LD_DEBUG_OUTPUT", "names a file that the dynamic linker writes"),
            ("LD_DYNAMIC_WEAK", "changes which code the dynamic linker takes"),
            ("LD_HWCAP_MASK", LIBRARIES),
            ("LD_LIBRARY_PATH", "is where the dynamic linker looks for code"),
            ("LD_ORIGIN_PATH", "is where the dynamic linker looks for code"),
            ("LD_POINTER_GUARD", "switches off a protection of the C library"),
            ("LD_PREFER_MAP_32BIT_EXEC", "weakens a protection of the dynamic linker"),
            ("LD_PRELOAD", "makes the dynamic linker load code"),
            ("LD_PROFILE", "makes the dynamic linker write a profile"),
            ("LD_PROFILE_OUTPUT", "is where the dynamic linker writes a profile"),
            ("LD_RUN_PATH", "is where programs that are built with it look for code"),
            ("LD_SHOW_AUXV", "makes the dynamic linker write to stdout"),
            (
                "LD_TRACE_LOADED_OBJECTS",
                "makes the dynamic linker list libraries in place of running the program",
            ),
            (
                "LD_TRACE_PRELINKING",
                "makes the dynamic linker list libraries in place of running the program",
            ),
            ("LD_USE_LOAD_BIAS", "changes where the dynamic linker loads code"),
            ("LD_VERBOSE", "makes the dynamic linker write what it does"),
            ("LD_WARN", "makes the dynamic linker write what it does"),
        ],
        families: &[("LD_*", LINKER)],
        harmless: &["LD_CLIENT_SIDE_ID", "LD_ENV*", "LD_PROJECT*", "LD_OFFLINE"],
        ..Program::NONE
    },
    Program {
        name: "The C library",
        manual: "https://man7.org/linux/man-pages/man3/iconv_open.3.html",
        load: &[
            ("GCONV_PATH", "makes the C library load code"),
            ("GETCONF_DIR", "is where getconf finds programs to run"),
            ("GLIBC_TUNABLES", "changes how the C library works"),
            ("LOCPATH", "is where the C library loads locales from"),
            ("NLSPATH", "is where the C library loads messages from"),
        ],
        change: &[
            ("HOSTALIASES", "changes which host a name is"),
            ("LOCALDOMAIN", "changes which host a name is"),
            ("RES_OPTIONS", "changes how names of hosts are looked up"),
            ("TERMINFO", "is where programs find what a terminal understands"),
            ("TERMINFO_DIRS", "is where programs find what a terminal understands"),
        ],
        ..Program::NONE
    },
    Program {
        name: "Sanitizers, Valgrind",
        manual: "https://github.com/google/sanitizers/wiki/SanitizerCommonFlags",
        load: &[
            ("ASAN_SYMBOLIZER_PATH", "is a program that a sanitizer starts"),
            ("VALGRIND_LIB", "is where Valgrind finds its own programs"),
            ("VALGRIND_OPTS", "gives Valgrind options, programs to run among them"),
            ("*SAN_OPTIONS", "gives a sanitizer options, programs to run among them"),
        ],
        ..Program::NONE
    },
    Program {
        name: "D-Bus",
        manual: "https://dbus.freedesktop.org/doc/dbus-specification.html#transports-exec",
        load: &[
            ("DBUS_SESSION_BUS_ADDRESS", "may name a program that D-Bus starts"),
            ("DBUS_SYSTEM_BUS_ADDRESS", "may name a program that D-Bus starts"),
        ],
        ..Program::NONE
    },
    Program {
        name: "Libraries of desktops and graphics",
        manual: "https://docs.gtk.org/gtk3/running.html",
        load: &[
            ("GBM_BACKENDS_PATH", PLUGINS),
            ("GDK_PIXBUF_MODULE*", PLUGINS),
            ("GIO_EXTRA_MODULES", PLUGINS),
            ("GIO_MODULE_DIR", PLUGINS),
            ("GST_PLUGIN_*", PLUGINS),
            ("GTK*_MODULES", PLUGINS),
            ("GTK_PATH", PLUGINS),
            ("LADSPA_PATH", PLUGINS),
            ("LIBGL_DRIVERS_PATH", PLUGINS),
            ("LIBVA_DRIVERS_PATH", PLUGINS),
            ("OCL_ICD_*", PLUGINS),
            ("QML*_IMPORT_PATH", PLUGINS),
            ("QT_*PLUGIN_PATH", PLUGINS),
            ("VK_*DRIVER_FILES", PLUGINS),
            ("VK_*LAYER_PATH", PLUGINS),
            ("VK_ICD_FILENAMES", PLUGINS),
            ("__EGL_*", PLUGINS),
            ("__GLX_*", PLUGINS),
            ("CUDA_INJECTION*", PLUGINS),
        ],
        ..Program::NONE
    },
];
