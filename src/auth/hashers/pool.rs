//! The order in which passwords are hashed: as many at once as there are cores, the rest in a queue that is bounded in
//! length and time and in which each address has its turn.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use crate::{
    auth::AuthError,
    client::{Client, Network, Presence},
    db::DbError,
};

/// How many may wait for each that runs: some two seconds of hashes at the default cost.
const QUEUE_PER_PERMIT: usize = 64;
/// How long anybody waits.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long a hash and the look-ups around it may take: longer only if the database does not answer.
const LONGEST: Duration = Duration::from_secs(30);

/// How long a thread keeps the memory of its last hash.
const IDLE: Duration = Duration::from_secs(10);

/// Threads that hash, and the queue before them. Clones share them.
///
/// The threads do nothing else: the memory of a hash stays with the thread that computed it, and must not be left behind
/// on every thread that ever had a turn.
#[derive(Debug, Clone)]
pub struct HashingPool {
    state: Arc<Mutex<State>>,
    longest: usize,
    jobs: Arc<Jobs>,
}

/// Work on its way to a thread. There is never more of it than there are threads.
#[derive(Default)]
struct Jobs {
    waiting: Mutex<VecDeque<Job>>,
    changed: Condvar,
}

type Job = Box<dyn FnOnce() + Send>;

#[derive(Debug)]
struct State {
    free: usize,
    queue: Queue,
    refused: u64,
}

/// Whose turn it is, and whether they still wait for it.
#[derive(Debug, Clone, Default)]
pub struct Queued {
    network: Network,
    presence: Presence,
}

impl Queued {
    /// A client.
    pub fn of(client: &Client) -> Self {
        Self { network: client.network(), presence: client.presence.clone() }
    }
}

/// What the pool is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// How many wait.
    pub waiting: usize,
    /// How many more could run at once.
    pub free: usize,
    /// How many were refused since the start.
    pub refused: u64,
}

/// The right to compute a hash; goes to whoever is next when dropped.
#[derive(Debug)]
struct Permit(Option<HashingPool>);

impl HashingPool {
    /// A thread for each core, but not more than `most`: as many as there is memory for.
    pub fn new(most: usize) -> Self {
        let running = thread::available_parallelism().map_or(1, usize::from).min(most).max(1);
        Self::with(running, running * QUEUE_PER_PERMIT)
    }

    fn with(running: usize, longest: usize) -> Self {
        let jobs = Arc::new(Jobs::default());
        for _ in 0..running {
            let jobs = Arc::downgrade(&jobs);
            thread::spawn(move || {
                // As long as there is a pool.
                while let Some(jobs) = jobs.upgrade() {
                    if let Some(job) = jobs.next() {
                        // Whoever waits for the answer is told by its absence.
                        let _ = catch_unwind(AssertUnwindSafe(job));
                    }
                }
            });
        }
        let state = State { free: running, queue: Queue::default(), refused: 0 };
        Self { state: Arc::new(Mutex::new(state)), longest, jobs }
    }

    /// Does work that hashes, in the turn of `who`. Who leaves before their turn leaves nothing to do; who leaves later
    /// makes no room for more than may run at once.
    pub async fn run<T: Send + 'static>(
        &self,
        who: Queued,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let permit = self.permit(who).await?;
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            let done = work();
            drop(permit);
            let _ = answer.send(done);
        });
        self.jobs.push(job);
        let answered = timeout(LONGEST, answered).await.map_err(|_| DbError::Slow)?;
        answered.map_err(|_| AuthError::Cancelled)
    }

    /// Waits for the right to compute a hash. Refused at once when the queue is full, unless somebody takes more of it
    /// than the caller would: then the last of theirs leaves.
    async fn permit(&self, mut who: Queued) -> Result<Permit, AuthError> {
        let Some(mut turn) = self.queue_up(who.network)? else {
            return Ok(Permit(Some(self.clone())));
        };
        // Who is overtaken in a full queue finds the sender gone.
        let permit = tokio::select! {
            called = timeout(DEADLINE, &mut turn.called) => called.ok().and_then(Result::ok),
            () = who.presence.ended() => None,
        };
        permit.ok_or_else(|| {
            self.state().refused += 1;
            AuthError::Busy
        })
    }

    /// How busy it is.
    pub fn load(&self) -> Load {
        let state = self.state();
        Load { waiting: state.queue.len, free: state.free, refused: state.refused }
    }

    /// A place in the queue; `None` if a hash may be computed at once.
    fn queue_up(&self, network: Network) -> Result<Option<Turn>, AuthError> {
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return Ok(None);
        }
        if state.queue.len >= self.longest && !state.queue.make_room(network) {
            state.refused += 1;
            return Err(AuthError::Busy);
        }
        let (caller, waiting) = oneshot::channel();
        let number = state.queue.push(network, caller);
        Ok(Some(Turn { pool: self.clone(), network, number, called: waiting }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(pool) = self.0.take() else { return };
        let mut state = pool.state();
        while let Some(caller) = state.queue.pop() {
            match caller.send(Permit(Some(pool.clone()))) {
                Ok(()) => return,
                // They left just now. Dropped as it is, the permit would come back here.
                Err(mut unwanted) => unwanted.0 = None,
            }
        }
        state.free += 1;
    }
}

impl Jobs {
    fn push(&self, job: Job) {
        self.waiting().push_back(job);
        self.changed.notify_one();
    }

    /// The next job, if there is one within a while. Whoever waited in vain keeps no memory.
    fn next(&self) -> Option<Job> {
        let waiting = self.waiting();
        let next = self.changed.wait_timeout_while(waiting, IDLE, |waiting| waiting.is_empty());
        let (mut waiting, waited) = next.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            drop(waiting);
            super::argon2::release_memory();
            waiting = self.waiting();
        }
        waiting.pop_front()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Jobs").finish_non_exhaustive()
    }
}

/// A place in the queue. Whoever leaves gives it up.
#[derive(Debug)]
struct Turn {
    pool: HashingPool,
    network: Network,
    number: u64,
    called: oneshot::Receiver<Permit>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.pool.state().queue.remove(self.network, self.number);
    }
}

type Caller = oneshot::Sender<Permit>;

/// A line for each network, and the order in which the lines are asked.
#[derive(Debug, Default)]
struct Queue {
    lines: HashMap<Network, VecDeque<(u64, Caller)>>,
    turns: VecDeque<Network>,
    len: usize,
    next_number: u64,
}

impl Queue {
    fn push(&mut self, network: Network, caller: Caller) -> u64 {
        let (number, line) = (self.next_number, self.lines.entry(network).or_default());
        if line.is_empty() {
            self.turns.push_back(network);
        }
        line.push_back((number, caller));
        self.next_number += 1;
        self.len += 1;
        number
    }

    fn pop(&mut self) -> Option<Caller> {
        let network = self.turns.pop_front()?;
        let line = self.lines.get_mut(&network)?;
        let (_, caller) = line.pop_front()?;
        self.len -= 1;
        if line.is_empty() {
            self.lines.remove(&network);
        } else {
            self.turns.push_back(network);
        }
        Some(caller)
    }

    /// Takes the last place from whoever has most, if that is more than `network` would have then.
    fn make_room(&mut self, network: Network) -> bool {
        let own = self.lines.get(&network).map_or(0, VecDeque::len);
        let Some((most, line)) = self.lines.iter().max_by_key(|(_, line)| line.len()) else { return false };
        let (most, last) = (*most, line.back().map(|(number, _)| *number));
        match last {
            Some(last) if line.len() > own + 1 => {
                self.remove(most, last);
                true
            }
            _ => false,
        }
    }

    fn remove(&mut self, network: Network, number: u64) {
        let Some(line) = self.lines.get_mut(&network) else { return };
        let Some(at) = line.iter().position(|(known, _)| *known == number) else { return };
        line.remove(at);
        self.len -= 1;
        if line.is_empty() {
            self.lines.remove(&network);
            self.turns.retain(|known| *known != network);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::rt::{System, spawn};

    fn network(last: u8) -> Queued {
        Queued { network: Network::of([192, 0, 2, last].into()), ..Queued::default() }
    }

    fn run(test: impl Future<Output = ()>) {
        System::new().block_on(test);
    }

    /// Whether it must wait; it waits on.
    async fn waits(permit: &mut (impl Future<Output = Result<Permit, AuthError>> + Unpin)) -> bool {
        timeout(Duration::ZERO, permit).await.is_err()
    }

    #[test]
    fn who_finds_the_queue_full_is_refused_at_once_and_who_leaves_makes_room() {
        run(async {
            let pool = HashingPool::with(1, 1);
            let running = pool.permit(network(1)).await.expect("a permit");
            let mut waiting = Box::pin(pool.permit(network(1)));
            assert!(waits(&mut waiting).await);
            assert!(matches!(pool.permit(network(1)).await, Err(AuthError::Busy)));
            drop(waiting);
            assert_eq!(pool.load(), Load { waiting: 0, free: 0, refused: 1 });
            let next = spawn({
                let pool = pool.clone();
                async move { pool.permit(network(1)).await.is_ok() }
            });
            drop(running);
            assert!(next.await.expect("a task"));
            assert_eq!(pool.load().free, 1);
        });
    }

    #[test]
    fn each_address_has_its_turn_however_many_wait_from_another() {
        run(async {
            let pool = HashingPool::with(1, 10);
            let running = pool.permit(network(1)).await.expect("a permit");
            let mut crowd: Vec<_> = (0..5).map(|_| Box::pin(pool.permit(network(1)))).collect();
            for one in &mut crowd {
                assert!(waits(one).await);
            }
            let mut other = Box::pin(pool.permit(network(2)));
            assert!(waits(&mut other).await);
            drop(running);
            let first = crowd.remove(0).await.expect("the first of the crowd");
            drop(first);
            assert!(other.await.is_ok(), "then the other address");
        });
    }

    #[test]
    fn a_full_queue_has_room_for_an_address_that_has_less_of_it() {
        run(async {
            let pool = HashingPool::with(1, 4);
            let running = pool.permit(network(1)).await.expect("a permit");
            let mut crowd: Vec<_> = (0..4).map(|_| Box::pin(pool.permit(network(1)))).collect();
            for one in &mut crowd {
                assert!(waits(one).await);
            }
            let mut other = Box::pin(pool.permit(network(2)));
            assert!(waits(&mut other).await, "in place of the last of the crowd");
            assert!(matches!(crowd.pop().expect("the last").await, Err(AuthError::Busy)));
            assert_eq!(pool.load().waiting, 4);
            drop((running, crowd));
            assert!(other.await.is_ok());
        });
    }

    #[test]
    fn work_that_panics_is_told_and_stops_nobody() {
        run(async {
            let pool = HashingPool::with(1, 1);
            for _ in 0..3 {
                assert!(matches!(
                    pool.run(network(1), || panic!("on purpose")).await,
                    Err::<(), _>(AuthError::Cancelled)
                ));
                assert_eq!(pool.run(network(1), || 42).await.expect("done"), 42);
            }
            assert_eq!(pool.load().free, 1);
        });
    }

    #[test]
    fn a_permit_that_nobody_takes_goes_on_to_the_next() {
        run(async {
            let pool = HashingPool::with(1, 4);
            let running = pool.permit(network(1)).await.expect("a permit");
            let (mut leaving, mut staying) = (Box::pin(pool.permit(network(1))), Box::pin(pool.permit(network(1))));
            assert!(waits(&mut leaving).await && waits(&mut staying).await);
            drop(running);
            // Called, but gone before the answer.
            drop(leaving);
            assert!(staying.await.is_ok());
        });
    }
}
