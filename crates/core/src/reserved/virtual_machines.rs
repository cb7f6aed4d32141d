//! Languages with a virtual machine: Java, .NET, Erlang.

use super::Program;

pub(super) const PROGRAMS: &[Program] = &[
    Program {
        name: "Java, Kotlin, Scala",
        manual: "https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html",
        load: &[
            ("CLASSPATH", "is where Java loads code from"),
            ("JAVA_HOME", "is where programs find Java"),
            ("JAVA_OPTS", "gives Java options, agents to load among them"),
            ("JAVA_TOOL_OPTIONS", "gives Java options, agents to load among them"),
            ("JDK_JAVA_OPTIONS", "gives Java options, agents to load among them"),
            ("JDK_JAVAC_OPTIONS", "gives the Java compiler options, code to run among them"),
            ("JRE_HOME", "is where programs find Java"),
            ("_JAVA_OPTIONS", "gives Java options, agents to load among them"),
            ("CATALINA_OPTS", "gives Java options, agents to load among them"),
            ("SBT_OPTS", "gives Java options, agents to load among them"),
            ("OTEL_JAVAAGENT_EXTENSIONS", "is where OpenTelemetry's agent loads code from"),
        ],
        families: &[("JDK_*", "changes how Java works")],
        harmless: &["JDK_VERSION"],
        ..Program::NONE
    },
    Program {
        name: ".NET",
        manual: "https://learn.microsoft.com/en-us/dotnet/core/tools/dotnet-environment-variables",
        load: &[
            ("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "makes ASP.NET load code"),
            ("CORECLR_*", "makes .NET load code"),
            ("COR_ENABLE_PROFILING", "makes .NET load code"),
            ("COR_PROFILER*", "makes .NET load code"),
            ("DOTNET_ADDITIONAL_DEPS", "makes .NET load code"),
            ("DOTNET_HOST_PATH", "is a program that .NET starts"),
            ("DOTNET_ROOT*", "is where .NET is loaded from"),
            ("DOTNET_SHARED_STORE", "is where .NET loads code from"),
            ("DOTNET_STARTUP_HOOKS", "makes .NET load code"),
        ],
        families: &[
            ("DOTNET_*", "changes how .NET works"),
            ("COMPlus_*", "changes how .NET works"),
        ],
        harmless: &[
            "DOTNET_ENVIRONMENT",
            "DOTNET_NOLOGO",
            "DOTNET_CLI_TELEMETRY_OPTOUT",
            "DOTNET_RUNNING_IN_CONTAINER",
            "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT",
            "DOTNET_USE_POLLING_FILE_WATCHER",
            "DOTNET_VERSION",
        ],
        ..Program::NONE
    },
    Program {
        name: "Erlang, Elixir",
        manual: "https://www.erlang.org/doc/apps/erts/erl_cmd.html#environment-variables",
        load: &[
            ("ERL_*FLAGS", "gives Erlang arguments, code to run among them"),
            ("ERL_LIBS", "is where Erlang loads code from"),
            ("ELIXIR_ERL_OPTIONS", "gives Erlang arguments, code to run among them"),
            ("MIX_ARCHIVES", "is where Elixir loads code from"),
            ("MIX_EXS", "is a file that Elixir runs"),
            ("MIX_HOME", "is where Elixir loads code from"),
        ],
        families: &[("ERL_*", "changes how Erlang works")],
        ..Program::NONE
    },
];
