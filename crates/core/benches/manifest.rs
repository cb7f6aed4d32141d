//! How long it takes to read a manifest and to plan from it, from 10 to 10,000 entries: `cargo
//! bench -p hydrant-core`.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hydrant_core::{Env, Manifest, Selection, plan};

/// Entries of every kind of locator in turn, each with what entries mostly have.
fn manifest(entries: usize) -> String {
    let entry = |index: usize| {
        let locator = match index % 4 {
            0 => format!(
                "arn_var = \"V{index}_ARN\"\narn_parameter = \"/${{project}}/{index}-secret-arn\""
            ),
            1 => format!("secret_id = \"${{project}}/{index}\"\njson_key = \"api_key\""),
            2 => format!("value_parameter = \"/${{project}}/{index}\""),
            _ => format!(
                "secret_id = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:demo/{index}-AbCdEf\""
            ),
        };
        format!(
            "[secrets.V{index}]\ndescription = \"The key of provider {index}\"\n{locator}\nrequired = false\n\n"
        )
    };
    let entries: String = (0..entries).map(entry).collect();
    format!("version = 1\n\n[vars]\nproject = \"demo\"\n\n{entries}")
}

fn read_and_plan(text: &str, env: &Env) -> plan::Plan {
    let manifest = Manifest::parse("secrets.toml".as_ref(), text).expect("a sound manifest");
    let selected = manifest.select(&Selection::default(), env).expect("names that are set");
    plan::plan(&selected, env, plan::PlanOptions::default())
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read_and_plan");
    for entries in [10, 100, 1_000, 10_000] {
        let text = manifest(entries);
        // As large as the environment of a real process, and a tenth of the references are held in
        // it.
        let held = (0..entries).step_by(10).map(|index| {
            (
                format!("V{index}_ARN"),
                format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:v{index}-AbCdEf"),
            )
        });
        let env =
            Env::new(held.chain((0..50).map(|index| (format!("OTHER_{index}"), "x".repeat(40)))));
        group.throughput(Throughput::Elements(entries as u64));
        group.bench_with_input(BenchmarkId::from_parameter(entries), &text, |bencher, text| {
            bencher.iter(|| read_and_plan(text, &env));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
