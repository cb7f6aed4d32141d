//! Proxies of the environment: calls to AWS go through them by CONNECT. Loopback, metadata and the
//! hosts of `NO_PROXY` do not.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use hydrant_emulator::{DeadEndpoint, Emulator, TlsIdentity};

use crate::support::Sandbox;

const AWS: &str = "secretsmanager.us-east-1.amazonaws.com";
const MANIFEST: &str = "version = 1\n[secrets.KEY]\nsecret_id = \"demo/key\"\n";

/// A proxy on loopback that connects every tunnel to one address, whatever the requested host.
struct Proxy {
    port: u16,
    /// The heads of the requests.
    heads: Arc<Mutex<Vec<String>>>,
    ended: Arc<AtomicBool>,
    serving: Option<thread::JoinHandle<()>>,
}

impl Proxy {
    fn to(target: String) -> Self {
        Self::answering("HTTP/1.1 200 OK\r\n\r\n", Some(target))
    }

    fn answering(answer: &'static str, target: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (heads, ended) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (all, end) = (Arc::clone(&heads), Arc::clone(&ended));
        let serving = thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                if end.load(Ordering::SeqCst) {
                    break;
                }
                let (all, target): (Arc<Mutex<Vec<String>>>, _) =
                    (Arc::clone(&all), target.clone());
                thread::spawn(move || {
                    let head = head(&client);
                    all.lock().expect("heads").push(head);
                    // A client that disconnected is not an error here.
                    _ = tunnel(client, answer, target);
                });
            }
        });
        Proxy { port, heads, ended, serving: Some(serving) }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("heads").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        _ = TcpStream::connect(("127.0.0.1", self.port));
        _ = self.serving.take().map(thread::JoinHandle::join);
    }
}

fn head(client: &TcpStream) -> String {
    let lines = BufReader::new(client).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn tunnel(mut client: TcpStream, answer: &str, target: Option<String>) -> std::io::Result<()> {
    client.write_all(answer.as_bytes())?;
    let Some(target) = target else { return Ok(()) };
    let server = TcpStream::connect(target)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let up = thread::spawn(move || {
        _ = std::io::copy(&mut from_client, &mut to_server);
        _ = to_server.shutdown(Shutdown::Write);
    });
    _ = std::io::copy(&mut &server, &mut client);
    _ = client.shutdown(Shutdown::Write);
    _ = up.join();
    Ok(())
}

/// An emulator with a certificate for this name, and the entry's secret. Its port, and the
/// authority to trust.
fn serving(name: &str) -> (Emulator, u16, TlsIdentity) {
    let identity = TlsIdentity::trusted_for(name).expect("a certificate");
    let emulator = Emulator::builder().tls(&identity).start().expect("an emulator");
    emulator.create_secret("us-east-1", "demo/key", Some("sk-through")).expect("a secret");
    let port = emulator
        .endpoint()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("its port");
    (emulator, port, identity)
}

fn sandbox(identity: &TlsIdentity) -> Sandbox {
    let sandbox = Sandbox::new(MANIFEST);
    let authority = sandbox.file("ca.pem", identity.ca_pem());
    sandbox
        .env("AWS_CA_BUNDLE", authority)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_MAX_ATTEMPTS", "1")
}

const RUN: [&str; 4] = ["run", "--", "printenv", "KEY"];

#[test]
fn calls_go_through_the_proxy_that_a_variable_names() {
    let (emulator, port, identity) = serving(AWS);
    let proxy = Proxy::to(format!("127.0.0.1:{port}"));
    let addresses =
        [format!("http://127.0.0.1:{}", proxy.port), format!("127.0.0.1:{}", proxy.port)];
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        for address in &addresses {
            sandbox(&identity).env(variable, address).run(RUN).prints("sk-through\n");
        }
    }
    let heads = proxy.heads();
    assert_eq!((heads.len(), emulator.calls().len()), (8, 8));
    let connect = format!("CONNECT {AWS}:443 HTTP/1.1\n");
    assert!(
        heads.iter().all(|head| head.starts_with(&connect) && !head.contains("Authorization")),
        "{heads:?}"
    );
}

#[test]
fn the_credentials_for_the_proxy_go_to_it_only() {
    let (_emulator, port, identity) = serving(AWS);
    let proxy = Proxy::to(format!("127.0.0.1:{port}"));
    let address = format!("http://user:p%40ss@127.0.0.1:{}", proxy.port);
    let ran = sandbox(&identity).env("HTTPS_PROXY", &address).run(["-vvv"].into_iter().chain(RUN));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "sk-through\n"), "{ran:?}");
    assert!(!ran.stderr.contains("p%40ss") && !ran.stderr.contains("p@ss"), "{}", ran.stderr);
    // user:p@ss
    let heads = proxy.heads();
    assert!(
        heads.iter().all(|head| head.to_lowercase().contains("proxy-authorization: basic")),
        "{heads:?}"
    );
    assert!(heads.iter().all(|head| head.contains("dXNlcjpwQHNz")), "{heads:?}");
}

#[test]
fn loopback_metadata_and_the_hosts_of_no_proxy_are_called_directly() {
    let (emulator, port, identity) = serving("localhost");
    let dead = DeadEndpoint::refusing().expect("an address");
    let proxied = |sandbox: Sandbox| {
        sandbox.env("HTTPS_PROXY", dead.endpoint()).env("HTTP_PROXY", dead.endpoint())
    };
    let sandbox_of = |identity: &TlsIdentity, host: &str, port: u16| {
        proxied(sandbox(identity)).env("AWS_ENDPOINT_URL", format!("https://{host}:{port}"))
    };
    sandbox_of(&identity, "localhost", port).run(RUN).prints("sk-through\n");
    let (_by_address, port, identity) = serving("127.0.0.1");
    sandbox_of(&identity, "127.0.0.1", port).run(RUN).prints("sk-through\n");
    // Not a loopback address by name, though it resolves to one.
    let (_elsewhere, port, identity) = serving("0.0.0.0");
    let elsewhere = || sandbox_of(&identity, "0.0.0.0", port);
    let refused = elsewhere().run(RUN);
    assert_eq!(refused.code, Some(69), "{refused:?}");
    assert!(
        refused.stderr.contains(&format!("asking 0.0.0.0:{port} (HTTPS_PROXY is set)")),
        "{}",
        refused.stderr
    );
    for rules in ["0.0.0.0", "example.com, 0.0.0.0/8", "*"] {
        elsewhere().env("NO_PROXY", rules).run(RUN).prints("sk-through\n");
    }
    // Plain http never goes through a proxy.
    let plain = Emulator::start().expect("an emulator");
    plain.create_secret("us-east-1", "demo/key", Some("sk-plain")).expect("a secret");
    proxied(Sandbox::new(MANIFEST).with(&plain)).run(RUN).prints("sk-plain\n");
    assert_eq!(emulator.connections(), 1);
}

#[test]
fn an_env_file_names_no_proxy() {
    let (_emulator, port, identity) = serving("localhost");
    let sandbox = sandbox(&identity).env("AWS_ENDPOINT_URL", format!("https://localhost:{port}"));
    sandbox.file(".env", "HTTPS_PROXY=no proxy at all\n");
    sandbox.run(RUN).prints("sk-through\n");
}

#[test]
fn a_proxy_that_fails_is_named_by_its_variable() {
    let (_emulator, _, identity) = serving(AWS);
    let ran = sandbox(&identity).env("HTTPS_PROXY", "socks5://user:canary@127.0.0.1:1").run(RUN);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(ran.stderr.contains("HTTPS_PROXY is not the address of a proxy"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    let proxy = Proxy::answering("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", None);
    let address = format!("http://user:canary@127.0.0.1:{}", proxy.port);
    let ran = sandbox(&identity).env("HTTPS_PROXY", address).run(RUN);
    assert_eq!(ran.code, Some(69), "{ran:?}");
    assert!(ran.stderr.contains(&format!("asking {AWS} (HTTPS_PROXY is set)")), "{}", ran.stderr);
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
}
