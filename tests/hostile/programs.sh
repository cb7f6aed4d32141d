# Creates the files for the runs of reserved names, in the current folder. Any of them that is run
# creates the file PWNED.
set -eu
dir=$PWD

printf '#!/bin/sh\n: > %s/PWNED\n' "$dir" > code
chmod 700 code
printf 'open("%s/PWNED", "w")\n' "$dir" > code.py
printf 'require("fs").writeFileSync("%s/PWNED", "")\n' "$dir" > code.js
printf '$(shell touch %s/PWNED)\n' "$dir" > code.mk
mkdir home python perl gcc config config/git git-programs docker docker/cli-plugins curl
cp code.py python/sitecustomize.py
printf 'open(my $f, ">", "%s/PWNED"); 1;\n' "$dir" > perl/code.pm
for program in gcc/cc1 gcc/as gcc/ld git-programs/git-remote-http docker/cli-plugins/docker-code; do
    cp code "$program"
done

# The editor that git falls back on would wait for a terminal.
mkdir editors
printf '#!/bin/sh\nexit 1\n' > editors/vi
chmod 700 editors/vi

printf '{"scripts": {"script": "true"}}\n' > package.json
printf 'script-shell=%s/code\n' "$dir" > npmrc
printf 'int one;\n' > source.c
printf 'output = "%s/PWNED"\n' "$dir" > curl/.curlrc
printf 'output_document = %s/PWNED\n' "$dir" > wgetrc
printf 'openssl_conf = init\n[init]\nproviders = all\n[all]\ncode = code\n[code]\nmodule = %s/code.so\nactivate = 1\n' \
    "$dir" > openssl.cnf
cat > kubeconfig <<END
apiVersion: v1
kind: Config
current-context: code
contexts: [{name: code, context: {cluster: code, user: code}}]
clusters: [{name: code, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: code, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: $dir/code, interactiveMode: Never}}}]
END
if command -v gcc > /dev/null; then
    printf '#include <fcntl.h>\n__attribute__((constructor)) static void run(void) { open("%s/PWNED", O_CREAT, 0600); }\n' \
        "$dir" | gcc -shared -fPIC -o code.so -x c -
fi

if command -v git > /dev/null; then
    export HOME="$dir/home" GIT_CONFIG_NOSYSTEM=1
    git init -q repository
    git -C repository config user.name a
    git -C repository config user.email a@example.org
    echo one > repository/file
    git -C repository add file
    git -C repository commit -q -m first
    echo two > repository/file
    cp -r repository/.git git
    printf '[core]\nfsmonitor = %s/code\n' "$dir" > config/git/config
    git -C repository config --file "$dir/git/config" core.fsmonitor "$dir/code"
fi
