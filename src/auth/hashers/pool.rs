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
        Self::new(cores, cores * QUEUE_PER_PERMIT)
    }
}

impl HashingPool {
    fn new(running: usize, waiting: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(running)), queue: Arc::new(Semaphore::new(running + waiting)) }
    }

    /// Waits for the right to compute a hash.
    pub async fn permit(&self) -> Result<Permit, AuthError> {
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| AuthError::Busy)?;
        let waiting = tokio::time::timeout(DEADLINE, Arc::clone(&self.permits).acquire_owned());
        let permit = waiting.await.map_err(|_| AuthError::Busy)?.map_err(|_| AuthError::Cancelled)?;
        Ok(Permit((permit, place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::rt::{System, spawn};

    #[test]
    fn who_finds_the_queue_full_is_refused_at_once_and_who_leaves_makes_room() {
        System::new().block_on(async {
            let pool = HashingPool::new(1, 1);
            let running = pool.permit().await.expect("a permit");
            let mut waiting = Box::pin(pool.permit());
            assert!(tokio::time::timeout(Duration::ZERO, &mut waiting).await.is_err(), "it waits");
            assert!(matches!(pool.permit().await, Err(AuthError::Busy)));
            drop(waiting);
            let next = spawn({
                let pool = pool.clone();
                async move { pool.permit().await.is_ok() }
            });
            drop(running);
            assert!(next.await.expect("a task"));
        });
    }
}
