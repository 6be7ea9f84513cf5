use std::{sync::Arc, thread, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::AuthError;

/// How many may wait for each that runs.
const QUEUE_PER_PERMIT: usize = 64;
/// How long anybody waits.
const DEADLINE: Duration = Duration::from_secs(10);

/// Lets as many hashes run at once as there are cores; the rest wait in an async queue of bounded length, so that
/// log-ins can't take the threads from everybody else.
#[derive(Debug, Clone)]
pub struct HashingPool {
    permits: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

/// The right to compute a hash; given back when dropped.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "held, not read")] (OwnedSemaphorePermit, OwnedSemaphorePermit));

impl Default for HashingPool {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self {
            permits: Arc::new(Semaphore::new(cores)),
            queue: Arc::new(Semaphore::new(cores * (QUEUE_PER_PERMIT + 1))),
        }
    }
}

impl HashingPool {
    /// Waits for the right to compute a hash.
    pub async fn permit(&self) -> Result<Permit, AuthError> {
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| AuthError::Busy)?;
        let waiting = tokio::time::timeout(DEADLINE, Arc::clone(&self.permits).acquire_owned());
        let permit = waiting.await.map_err(|_| AuthError::Busy)?.map_err(|_| AuthError::Cancelled)?;
        Ok(Permit((permit, place)))
    }
}
