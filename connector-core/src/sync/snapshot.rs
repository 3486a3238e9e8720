//! Reading a whole stream that has no windows.

use std::collections::HashSet;

use super::Batch;
use super::engine::{Run, interrupted};
use super::fetching::unique;
use crate::connector::{Next, Page, ReadRequest, View};
use crate::error::{Error, ErrorKind, Result};

impl Run<'_> {
    /// Reads the stream to its end, page by page.
    pub(super) async fn snapshot(&mut self) -> Result<()> {
        let mut page = None;
        let mut tokens = HashSet::new();
        loop {
            let request = ReadRequest { stream: self.stream, view: View::Changes, window: None, page };
            let observed_at = self.client.now();
            let Page { records, failures, next, .. } =
                self.client.connector().read(self.client, &request).await?;
            self.report.progress.pages += 1;
            self.report.progress.seen += (records.len() + failures.len()) as u64;
            self.save(Batch { observed_at, records: unique(records), failures, ..Batch::default() }).await?;
            match next {
                Next::Done => return Ok(()),
                Next::Page(token) | Next::Resume { page: token, .. } => {
                    if !tokens.insert(token.clone()) {
                        return Err(Error::new(
                            ErrorKind::PageLoop,
                            "a page points to one that has been read",
                        ));
                    }
                    page = Some(token);
                }
            }
            if self.stop.is_cancelled() {
                return Err(interrupted());
            }
        }
    }
}
