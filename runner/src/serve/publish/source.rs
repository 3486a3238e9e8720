//! The products of a sync, a chunk at a time.

use storage::{ConnectorRow, ProductFilter, ProductRow};

use crate::context::Context;
use crate::error::Result;

/// Products that are in memory at once, with their listings.
pub(super) const CHUNK: usize = 50;

/// Products that were named, or all of an owner's.
pub(super) enum Source<'a> {
    Named(std::slice::Chunks<'a, i64>),
    All(Option<i64>),
}

/// Some of them.
pub(super) struct Chunk {
    pub(super) products: Vec<ProductRow>,
    /// Those that were named and are not there any more.
    pub(super) gone: Vec<i64>,
}

impl<'a> Source<'a> {
    /// Of these ids; of all where there are none.
    pub(super) fn new(ids: &'a [i64]) -> Self {
        if ids.is_empty() { Self::All(None) } else { Self::Named(ids.chunks(CHUNK)) }
    }

    /// The next chunk; `None` at the end. Products of another owner than the account's are no business of it.
    pub(super) async fn next(&mut self, context: &Context, row: &ConnectorRow) -> Result<Option<Chunk>> {
        let storage = &context.storage;
        let limit = i64::try_from(CHUNK).expect("a small number");
        let is_own = |product: &ProductRow| product.owner_id == row.owner_id;
        match self {
            Self::Named(chunks) => {
                let Some(ids) = chunks.next() else { return Ok(None) };
                let filter = ProductFilter { ids: ids.to_vec(), ..ProductFilter::default() };
                let mut products = storage.products(filter, None, limit).await?;
                let is_gone = |id: &&i64| !products.iter().any(|product| product.id == **id);
                let gone = ids.iter().filter(is_gone).copied().collect();
                products.retain(is_own);
                Ok(Some(Chunk { products, gone }))
            }
            Self::All(after) => {
                let filter = ProductFilter { owner_id: row.owner_id, ..ProductFilter::default() };
                let mut products = storage.products(filter, *after, limit).await?;
                let Some(last) = products.last() else { return Ok(None) };
                *after = Some(last.id);
                products.retain(is_own);
                Ok(Some(Chunk { products, gone: Vec::new() }))
            }
        }
    }
}
