//! Values as a type of the program's own, by serde: each field is filled from a variable. Owns
//! which variable fills which field, and how a text becomes a number, a list, …; the error is in
//! `error`.

mod error;
#[cfg(test)]
mod tests;

use std::any::type_name;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::report::{EntryValue, Values};

pub use error::Error;

impl Values {
    /// The values as a type of your own: `openai_api_key` is filled from `OPENAI_API_KEY`.
    ///
    /// A field is filled from the variable that has its name (as `#[serde(rename)]` and
    /// `rename_all` give it), else from the one that has its name in capitals. Every entry of the
    /// manifest counts, and no other variable. A value becomes
    ///
    /// - a text: `String`, `char`, or [`SecretValue`](crate::SecretValue), which is wiped and never
    ///   printed
    /// - a number, as Rust's `parse` reads it
    /// - a `bool`: `true` or `false`
    /// - an enum without data: the name of the variant
    /// - a list or a tuple: its elements, separated by commas
    /// - any type that serde makes of one of these, as with `#[serde(try_from = "String")]`
    ///
    /// An entry without a value is `None` for an `Option`, and takes the default where the field
    /// has `#[serde(default)]`. Below `#[serde(flatten)]` serde hands on texts alone: numbers need
    /// a `try_from` of their own there, and the names are those of the variables.
    ///
    /// ```
    /// # use hydrant_core::plan::{PlanOptions, plan};
    /// # use hydrant_core::reason::Reason;
    /// # use hydrant_core::{Env, Manifest, Selection, hydrate_without};
    /// use hydrant_core::SecretValue;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Config {
    ///     openai_api_key: SecretValue,
    ///     database_port: u16,
    ///     sentry_dsn: Option<String>,
    /// }
    ///
    /// # let text = "version = 1\n[secrets.OPENAI_API_KEY]\n[secrets.DATABASE_PORT]\n";
    /// # let manifest = Manifest::parse("secrets.toml".as_ref(), text)?;
    /// # let env = Env::new([("OPENAI_API_KEY", "sk-test"), ("DATABASE_PORT", "5432")]);
    /// # let plan = plan(&manifest.select(&Selection::default(), &env)?, &env, PlanOptions::default());
    /// # let values = hydrate_without(manifest.path(), plan, &env, &Reason::Offline).values;
    /// let config: Config = values.deserialize()?;
    /// assert_eq!(config.openai_api_key.expose(), "sk-test");
    /// assert_eq!((config.database_port, config.sentry_dsn), (5432, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error`]: the first value that does not fit, the first field without one, or the first
    /// entry without a field where the type has `#[serde(deny_unknown_fields)]`.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(Entries(self)).map_err(|error| error.among(self))
    }
}

/// The variable that fills a field: the one of its name, else the one of its name in capitals.
fn variable_of(field: &str, values: &Values) -> String {
    let is_exact = values.entries.iter().any(|entry| entry.variable == field);
    if is_exact { field.to_owned() } else { field.to_ascii_uppercase() }
}

/// All values, as a struct or a map.
struct Entries<'a>(&'a Values);

impl<'de> Deserializer<'de> for Entries<'_> {
    type Error = Error;

    /// A map has the variables as keys, as they are.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = self.0.entries.iter();
        visitor.visit_map(Pairs {
            entries: entries.map(|entry| (&*entry.variable, entry)),
            value: None,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variables: Vec<_> = fields.iter().map(|field| variable_of(field, self.0)).collect();
        let entries = self.0.entries.iter().map(|entry| {
            let field = variables.iter().position(|variable| *variable == entry.variable);
            (field.map_or(&*entry.variable, |index| fields[index]), entry)
        });
        visitor.visit_map(Pairs { entries, value: None })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The pairs of a struct or a map, those without a value left out.
struct Pairs<'a, I> {
    entries: I,
    /// The entry whose key was given last, and its value.
    value: Option<(&'a EntryValue, &'a str)>,
}

impl<'a, 'de, I: Iterator<Item = (&'a str, &'a EntryValue)>> MapAccess<'de> for Pairs<'a, I> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        for (key, entry) in self.entries.by_ref() {
            if let Some(value) = &entry.value {
                self.value = Some((entry, value.expose()));
                let key = seed.deserialize(StrDeserializer::new(key));
                return key
                    .map(Some)
                    .map_err(|error: Error| error.of_variable(&entry.variable, None));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((entry, text)) = self.value.take() else {
            return Err(Error::custom("a value is asked for before its key"));
        };
        let value = seed.deserialize(Text(text));
        value.map_err(|error| error.of_variable(&entry.variable, Some(type_name::<V::Value>())))
    }
}

/// One value, or one element of a list.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn parse<T: FromStr>(&self) -> Result<T, Error> {
        let invalid = Unexpected::Other("text");
        self.0.parse().map_err(|_| Error::invalid_value(invalid, &type_name::<T>()))
    }
}

/// Methods of types that `parse` reads.
macro_rules! parsed {
    ($($method:ident $visit:ident,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.parse()?)
        })*
    };
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = Error;

    parsed! {
        deserialize_bool visit_bool,
        deserialize_i8 visit_i8,
        deserialize_i16 visit_i16,
        deserialize_i32 visit_i32,
        deserialize_i64 visit_i64,
        deserialize_i128 visit_i128,
        deserialize_u8 visit_u8,
        deserialize_u16 visit_u16,
        deserialize_u32 visit_u32,
        deserialize_u64 visit_u64,
        deserialize_u128 visit_u128,
        deserialize_f32 visit_f32,
        deserialize_f64 visit_f64,
        deserialize_char visit_char,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bytes(self.0.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let elements = self.0.split(',').filter(|_| !self.0.is_empty()).map(Text);
        let mut elements = SeqDeserializer::new(elements);
        let list = visitor.visit_seq(&mut elements)?;
        elements.end().map(|()| list)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(StrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        str string unit unit_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Text<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
