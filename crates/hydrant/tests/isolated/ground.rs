//! The ground of a case: a folder, an endpoint, the traps, and the child that runs between them.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use hydrant::{Env, Hydrator};
use hydrant_emulator::{Emulator, TlsIdentity};
use tempfile::TempDir;

use super::REGION;

/// Names the file with the environment that the child gives to the library.
const GIVEN: &str = "TEST_GIVEN";
/// Names the file that the child writes.
const OUTCOME: &str = "TEST_OUTCOME";

const MANIFEST: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo\"\n";

pub(crate) struct Ground {
    folder: TempDir,
    emulator: Emulator,
    /// Nobody may ever connect to it.
    trap: TcpListener,
    is_tls: bool,
}

impl Ground {
    pub(crate) fn new() -> Self {
        Ground::at(Emulator::start().unwrap(), false)
    }

    /// With an endpoint of TLS, whose authority is in a file.
    pub(crate) fn with_tls() -> Self {
        let identity = TlsIdentity::trusted_for("localhost").unwrap();
        let ground = Ground::at(Emulator::builder().tls(&identity).start().unwrap(), true);
        ground.file("authority.pem", identity.ca_pem());
        ground
    }

    fn at(emulator: Emulator, is_tls: bool) -> Self {
        emulator.create_secret(REGION, "demo", Some("sk-read")).unwrap();
        let trap = TcpListener::bind("127.0.0.1:0").unwrap();
        trap.set_nonblocking(true).unwrap();
        Ground { folder: tempfile::tempdir().unwrap(), emulator, trap, is_tls }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The value is read with the credentials and the region that were given.
    #[track_caller]
    pub(crate) fn reads(&self, given: &[(&str, &str)]) {
        self.emulator.clear_calls();
        assert_eq!(self.outcome(given), "sk-read");
        let calls = self.emulator.calls();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].access_key_id.as_deref(), Some("AKIDGIVEN"));
        assert_eq!(calls[0].region, REGION);
    }

    /// What came of it, where the process has the poisoned environment, and the library this one
    /// with the endpoint and a region. No trap was called.
    #[track_caller]
    pub(crate) fn outcome(&self, given: &[(&str, &str)]) -> String {
        self.outcome_in(self.poison(), given)
    }

    /// The head of the request that a child makes whose process has these variables too.
    pub(crate) fn head_of_request(&self, process: &[(&'static str, &str)]) -> String {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let endpoint = format!("http://{address}");
        let head = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<_> =
                lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            stream.write_all(b"HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n").ok();
            head.join("\n")
        });
        let given = [
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "AKIDGIVEN"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
        ];
        let mut all = self.poison();
        all.extend(process.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.outcome_in(all, &given);
        // Ends the wait for a request that went elsewhere.
        drop(TcpStream::connect(address));
        head.join().unwrap()
    }

    fn outcome_in(&self, process: Vec<(&str, String)>, given: &[(&str, &str)]) -> String {
        let endpoint = self.emulator.endpoint();
        let mut all = vec![
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint.as_str()),
            ("AWS_REGION", REGION),
            ("AWS_MAX_ATTEMPTS", "1"),
        ];
        all.retain(|(name, _)| !given.iter().any(|(own, _)| own == name));
        all.extend(given.iter().filter(|(_, value)| !value.is_empty()));
        let lines = all.iter().map(|(name, value)| format!("{name}={value}\n"));
        let given = self.file("given", &lines.collect::<String>());
        let outcome = self.path("outcome");
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "ground::in_the_child"]).env_clear();
        child.env(GIVEN, given).env(OUTCOME, &outcome).envs(process);
        let ended = child.output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
        let called = self.trap.accept().expect_err("no trap is called");
        assert_eq!(called.kind(), ErrorKind::WouldBlock);
        std::fs::read_to_string(outcome).unwrap()
    }

    /// An environment in which everything leads to the trap, or is an error.
    fn poison(&self) -> Vec<(&'static str, String)> {
        let trap = format!("http://127.0.0.1:{}", self.trap.local_addr().unwrap().port());
        let profile = "[default]\naws_access_key_id = AKIDTRAP\naws_secret_access_key = b\n\
                       region = ap-south-1\n";
        let profile = &format!("{profile}endpoint_url = {trap}\n[trap]\nregion = ap-south-1\n");
        let file = self.file("trap/.aws/credentials", profile);
        self.file("trap/.aws/config", profile);
        let document = r#"{"Version": 1, "AccessKeyId": "AKIDTRAP", "SecretAccessKey": "b"}"#;
        let text = str::to_owned;
        let mut poison = vec![
            ("AWS_ACCESS_KEY_ID", text("AKIDTRAP")),
            ("AWS_SECRET_ACCESS_KEY", text("b")),
            ("AWS_SESSION_TOKEN", text("trap")),
            ("AWS_ACCOUNT_ID", text("999999999999")),
            ("AWS_REGION", text("ap-south-1")),
            ("AWS_DEFAULT_REGION", text("ap-south-1")),
            ("AWS_PROFILE", text("trap")),
            ("AWS_CONFIG_FILE", file.clone()),
            ("AWS_SHARED_CREDENTIALS_FILE", file.clone()),
            ("HOME", self.path("trap")),
            ("AWS_ROLE_ARN", text("arn:aws:iam::123456789012:role/trap")),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", file),
            ("AWS_ROLE_SESSION_NAME", text("trap")),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", text("trap")),
            ("AWS_EC2_METADATA_DISABLED", text("true")),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", text("trap")),
            ("AWS_USE_FIPS_ENDPOINT", text("true")),
            ("AWS_USE_DUALSTACK_ENDPOINT", text("true")),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", text("true")),
            ("AWS_MAX_ATTEMPTS", text("trap")),
            ("AWS_RETRY_MODE", text("trap")),
            ("AWS_CA_BUNDLE", text("trap")),
            ("HYDRANT_OFFLINE", text("1")),
            ("HYDRANT_PROFILE", text("trap")),
            ("HYDRANT_MANIFEST", text("trap.toml")),
            ("HYDRANT_DEADLINE", text("trap")),
            ("HYDRANT_VAR_demo", text("trap")),
            ("KEY", text("sk-trap")),
            ("KEY_SECRET_ARN", text("trap")),
            ("DOCUMENT", self.file("trap/document.json", document)),
        ];
        // The one variable that is right in the process.
        let authority = if self.is_tls { self.path("authority.pem") } else { text("trap") };
        poison.extend([("SSL_CERT_FILE", authority), ("SSL_CERT_DIR", text("trap"))]);
        for name in [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            "AWS_ENDPOINT_URL_SSM",
            "AWS_ENDPOINT_URL_STS",
            "AWS_ENDPOINT_URL_SSO",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "ALL_PROXY",
        ] {
            poison.push((name, trap.clone()));
        }
        poison
    }
}

/// What runs in the child; a test that does nothing elsewhere.
#[test]
fn in_the_child() {
    let Some(given) = std::env::var_os(GIVEN) else { return };
    let given = std::fs::read_to_string(given).unwrap();
    let env = Env::new(given.lines().map(|line| line.split_once('=').unwrap()));
    let hydrator = Hydrator::builder().manifest_text(MANIFEST).env(env).no_env_file().build();
    let outcome = match hydrator.and_then(|hydrator| hydrator.read().values_blocking()) {
        Ok(hydration) => hydration.values.get("KEY").unwrap().expose().to_owned(),
        Err(error) => format!("{error:?}"),
    };
    std::fs::write(std::env::var_os(OUTCOME).unwrap(), outcome).unwrap();
}
