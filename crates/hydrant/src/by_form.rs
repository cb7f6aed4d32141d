//! Two stores by the form of the reference: names are read from one, ARNs from the other.

use std::sync::Arc;

use async_trait::async_trait;
use hydrant_core::Stores;
use hydrant_core::plan::Plan;
use hydrant_core::reference::SecretId;
use hydrant_core::source::ValueId;
use hydrant_core::store::{
    BatchAnswer, BatchRequest, Secret, SecretDescription, SecretRequest, SecretStore, StoreError,
};

/// Stands for a region where a name is read from a store that has none.
const NO_REGION: &str = "none";

/// The two stores of secrets.
struct ByForm {
    names: Arc<dyn SecretStore>,
    /// `None` where nothing is read by an ARN.
    arns: Option<Arc<dyn SecretStore>>,
}

/// Stores that read names from `names` and everything else from `others`.
pub(crate) fn by_form(names: &Stores, others: Option<Stores>) -> Stores {
    let arns = others.as_ref().map(|stores| stores.secrets.clone());
    let secrets = Arc::new(ByForm { names: names.secrets.clone(), arns });
    let region = others.as_ref().and_then(|stores| stores.region.clone());
    let stores = Stores::new(secrets).region(region.unwrap_or_else(|| NO_REGION.to_owned()));
    match others.and_then(|stores| stores.parameters) {
        Some(parameters) => stores.parameters(parameters),
        None => stores,
    }
}

/// Whether a plan reads nothing but secrets by their names.
pub(crate) fn reads_names_alone(plan: &Plan) -> bool {
    plan.entries.iter().all(|planned| {
        let source = planned.step.otherwise.source();
        planned.step.parameter.is_none()
            && source
                .is_none_or(|source| matches!(source.id, ValueId::Secret(SecretId::Name(_), _)))
    })
}

/// Whether a plan reads a parameter in a region that only the settings can name.
pub(crate) fn needs_default_region(plan: &Plan) -> bool {
    plan.entries.iter().any(|planned| {
        let by_parameter = planned.step.parameter.as_ref();
        let source = planned.step.otherwise.source().map(|source| &source.id);
        by_parameter.is_some_and(|id| id.region().is_none())
            || matches!(source, Some(ValueId::Parameter(id)) if id.region().is_none())
    })
}

impl ByForm {
    fn of(&self, id: &SecretId) -> &dyn SecretStore {
        match (id, &self.arns) {
            (SecretId::Arn(_), Some(arns)) => &**arns,
            _ => &*self.names,
        }
    }
}

#[async_trait]
impl SecretStore for ByForm {
    async fn get_secret_value(&self, request: &SecretRequest) -> Result<Secret, StoreError> {
        self.of(&request.id).get_secret_value(request).await
    }

    /// One call to each store that has some of the ids. Pages after the first are of the ARNs.
    async fn batch_get_secret_value(
        &self,
        request: &BatchRequest,
    ) -> Result<BatchAnswer, StoreError> {
        let is_name = |id: &SecretId| matches!(id, SecretId::Name(_));
        let (names, arns): (Vec<_>, Vec<_>) = request.ids.iter().cloned().partition(is_name);
        let mut answer = BatchAnswer::default();
        if let Some(store) = self.arns.as_ref().filter(|_| !arns.is_empty()) {
            let mut of_arns = BatchRequest::new(&request.region, arns);
            of_arns.next_token.clone_from(&request.next_token);
            answer = store.batch_get_secret_value(&of_arns).await?;
        }
        if request.next_token.is_none() && !names.is_empty() {
            let mut of_names = BatchRequest::new(&request.region, names);
            loop {
                let page = self.names.batch_get_secret_value(&of_names).await?;
                answer.secrets.extend(page.secrets);
                answer.errors.extend(page.errors);
                of_names.next_token = page.next_token;
                if of_names.next_token.is_none() {
                    break;
                }
            }
        }
        Ok(answer)
    }

    async fn describe_secret(
        &self,
        request: &SecretRequest,
    ) -> Result<SecretDescription, StoreError> {
        self.of(&request.id).describe_secret(request).await
    }
}
