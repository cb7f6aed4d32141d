//! What a deployment needs beside the manifest: least-privilege policies and deployment files.
//!
//! Everything here is pure: a plan in, texts, notices and problems out. Reading and writing files
//! and printing are left to the caller. [`policy`] makes the policy of a role, and [`generate`] has
//! one module a target.
//!
//! ```
//! use hydrant_core::{Env, Manifest, Selection, plan};
//! use hydrant_deploy::generate::{Input, env_example};
//!
//! let text = "version = 1\n[secrets.OPENAI_API_KEY]\ndescription = \"OpenAI API key\"\n";
//! let manifest = Manifest::parse("secrets.toml".as_ref(), text)?;
//! let selected = manifest.select(&Selection::default(), &Env::default())?;
//! let plan = plan::plan(&selected, &Env::default(), plan::PlanOptions::default());
//!
//! let made = env_example::generate(&Input::new(&manifest, plan.clone(), plan));
//! assert!(made.text.ends_with("# OpenAI API key\nOPENAI_API_KEY=\nOPENAI_API_KEY_SECRET_ARN=\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod policy;

mod error;
pub mod generate;
mod source;

pub use error::{GenerateError, Hint, Notice, Problem, describe};
