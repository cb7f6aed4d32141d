//! Many at once, and in how many calls: the emulator counts, moto proves that the batches are real
//! ones.

use aws_sdk_ssm::types::ParameterType;
use hydrant_emulator::{Call, Operation};

use crate::support::aws::{AWAY, HOME, Server};

on_both! {
    fifty_secrets_are_three_calls
    fifty_references_in_parameters_are_eight_calls
    twenty_five_values_in_parameters_are_three_calls
    ten_json_keys_of_one_secret_are_one_call
    a_batch_for_each_region
    pinned_versions_are_read_one_by_one
    without_batches_if_the_manifest_says_so
    a_start_with_everything_set_opens_no_connection
    no_call_is_made_offline
}

/// An operation and how many ids each of its calls named, the largest first.
fn sizes(calls: &[Call], operation: Operation) -> Vec<usize> {
    let mut sizes: Vec<_> = calls
        .iter()
        .filter(|call| call.operation == operation)
        .map(|call| call.ids.len())
        .collect();
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    sizes
}

/// `V0` to `V{count - 1}`, each with these keys.
fn entries(count: usize, keys: impl Fn(usize) -> String) -> String {
    (0..count).map(|index| format!("[secrets.V{index}]\n{}\n", keys(index))).collect()
}

/// Checks in a shell that `V0` to `V{count - 1}` have the values `value 0` and so on.
fn shell(count: usize) -> [String; 5] {
    let check =
        |index| format!("[ \"$V{index}\" = \"value {index}\" ] || echo V{index} is \"$V{index}\";");
    let script = (0..count).map(check).collect::<String>() + "echo done";
    ["run", "--", "sh", "-c", &script].map(str::to_owned)
}

fn fifty_secrets_are_three_calls(server: &Server) {
    for index in 0..50 {
        server.secret(HOME, &format!("secret{index}"), Some(&format!("value {index}")));
    }
    let sandbox =
        server.sandbox(&entries(50, |index| format!("secret_id = \"PREFIX/secret{index}\"")));
    let calls = server.calls_of(|| sandbox.run(shell(50)).prints("done\n"));
    let Some(calls) = calls else { return };
    assert_eq!(sizes(&calls, Operation::BatchGetSecretValue), [20, 20, 10]);
    assert_eq!(calls.len(), 3);
}

fn fifty_references_in_parameters_are_eight_calls(server: &Server) {
    for index in 0..50 {
        let arn = server.secret(HOME, &format!("secret{index}"), Some(&format!("value {index}")));
        server.parameter(HOME, &format!("arn{index}"), &arn, ParameterType::String);
    }
    let sandbox =
        server.sandbox(&entries(50, |index| format!("arn_parameter = \"/PREFIX/arn{index}\"")));
    let calls = server.calls_of(|| sandbox.run(shell(50)).prints("done\n"));
    let Some(calls) = calls else { return };
    assert_eq!(sizes(&calls, Operation::GetParameters), [10; 5]);
    assert_eq!(sizes(&calls, Operation::BatchGetSecretValue), [20, 20, 10]);
    assert_eq!(calls.len(), 8);
}

fn twenty_five_values_in_parameters_are_three_calls(server: &Server) {
    for index in 0..25 {
        server.parameter(
            HOME,
            &format!("p{index}"),
            &format!("value {index}"),
            ParameterType::SecureString,
        );
    }
    let sandbox =
        server.sandbox(&entries(25, |index| format!("value_parameter = \"/PREFIX/p{index}\"")));
    let calls = server.calls_of(|| sandbox.run(shell(25)).prints("done\n"));
    let Some(calls) = calls else { return };
    assert_eq!(sizes(&calls, Operation::GetParameters), [10, 10, 5]);
    assert_eq!(calls.len(), 3);
}

fn ten_json_keys_of_one_secret_are_one_call(server: &Server) {
    let members: Vec<_> = (0..10).map(|index| format!("\"k{index}\": \"value {index}\"")).collect();
    let arn = server.secret(HOME, "json", Some(&format!("{{{}}}", members.join(", "))));
    let manifest =
        entries(10, |index| format!("arn_var = \"SHARED_ARN\"\njson_key = \"k{index}\""));
    let sandbox = server.sandbox(&manifest).env("SHARED_ARN", arn);
    let calls = server.calls_of(|| sandbox.run(shell(10)).prints("done\n"));
    let Some(calls) = calls else { return };
    assert_eq!(
        calls.iter().map(|call| call.operation).collect::<Vec<_>>(),
        [Operation::GetSecretValue]
    );
}

fn a_batch_for_each_region(server: &Server) {
    let mut arns = Vec::new();
    for index in 0..10 {
        let region = if index % 2 == 0 { HOME } else { AWAY };
        arns.push(server.secret(
            region,
            &format!("secret{index}"),
            Some(&format!("value {index}")),
        ));
    }
    let sandbox = server.sandbox(&entries(10, |index| format!("secret_id = \"{}\"", arns[index])));
    let calls = server.calls_of(|| sandbox.run(shell(10)).prints("done\n"));
    let Some(calls) = calls else { return };
    let mut regions: Vec<_> = calls.iter().map(|call| call.region.as_str()).collect();
    regions.sort_unstable();
    assert_eq!(
        (regions, sizes(&calls, Operation::BatchGetSecretValue)),
        (vec![AWAY, HOME], vec![5, 5])
    );
}

fn pinned_versions_are_read_one_by_one(server: &Server) {
    for index in 0..3 {
        server.secret(HOME, &format!("secret{index}"), Some(&format!("value {index}")));
        server.put(HOME, &format!("secret{index}"), "newer");
    }
    let manifest = entries(3, |index| {
        format!("secret_id = \"PREFIX/secret{index}\"\nversion_stage = \"AWSPREVIOUS\"")
    });
    let sandbox = server.sandbox(&manifest);
    let calls = server.calls_of(|| sandbox.run(shell(3)).prints("done\n"));
    let Some(calls) = calls else { return };
    assert_eq!(sizes(&calls, Operation::GetSecretValue), [1; 3]);
    assert!(
        calls.iter().all(|call| call.version_stage.as_deref() == Some("AWSPREVIOUS")),
        "{calls:?}"
    );
    assert_eq!(calls.len(), 3);
}

fn without_batches_if_the_manifest_says_so(server: &Server) {
    for index in 0..5 {
        server.secret(HOME, &format!("secret{index}"), Some(&format!("value {index}")));
    }
    let secrets = entries(5, |index| format!("secret_id = \"PREFIX/secret{index}\""));
    let sandbox = server.sandbox(&format!("[settings]\nbatch = \"never\"\n{secrets}"));
    let calls = server.calls_of(|| sandbox.run(shell(5)).prints("done\n"));
    let Some(calls) = calls else { return };
    assert_eq!((sizes(&calls, Operation::GetSecretValue), calls.len()), (vec![1; 5], 5));
}

fn a_start_with_everything_set_opens_no_connection(server: &Server) {
    let arn = server.secret(HOME, "openai", Some("sk-remote"));
    let manifest = "[secrets.A]\n[secrets.B]\nvalue_parameter = \"/PREFIX/p\"\n[secrets.C]\narn_parameter = \"/PREFIX/q\"\n";
    let sandbox =
        server.sandbox(manifest).env("A", "1").env("B", "2").env("C", "3").env("A_SECRET_ARN", arn);
    let before = server.connections();
    sandbox.run(["run", "--", "sh", "-c", "echo $A $B $C"]).prints("1 2 3\n");
    assert_eq!(server.connections(), before);
}

fn no_call_is_made_offline(server: &Server) {
    let arn = server.secret(HOME, "openai", Some("sk-remote"));
    let manifest = "[secrets.A]\nrequired = false\n[secrets.B]\nsecret_id = \"PREFIX/openai\"\ndefault = \"none\"\n";
    let sandbox = server.sandbox(manifest).env("A_SECRET_ARN", arn);
    let before = server.connections();
    sandbox.run(["--offline", "run", "--", "sh", "-c", "echo $A$B"]).prints("none\n");
    assert_eq!(server.connections(), before);
}
