//! Who may ask for what (DRF's permission classes): plain values that combine with `and`, `or` and `not`.
//!
//! To add one: a type with [`Permission`], and [`Default`] if it is to be named in a handler's signature as it is.

use std::collections::BTreeSet;

use actix_web::http::Method;

use crate::users::User;

/// Who asks, and how.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Whoever it is; `None` for nobody.
    pub user: Option<&'a User>,
    /// The method of the request.
    pub method: &'a Method,
    /// Those of [`Permission::needs`] that they have.
    pub granted: &'a BTreeSet<String>,
}

impl Ask<'_> {
    /// Whether nothing is changed.
    pub fn is_safe(&self) -> bool {
        matches!(*self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }
}

/// Something that is somebody's.
pub trait Owned {
    /// Whose.
    fn owner_id(&self) -> i32;
}

/// Whether somebody may do something.
pub trait Permission: Send + Sync {
    /// Whether they may ask at all (`has_permission`).
    fn allows(&self, ask: &Ask<'_>) -> bool;

    /// Whether they may do it to this object (`has_object_permission`); asked after [`Self::allows`].
    fn allows_object(&self, _ask: &Ask<'_>, _object: &dyn Owned) -> bool {
        true
    }

    /// The permissions of `auth_permission` that it wants to know of, as `"vestibule.add_post"`.
    fn needs(&self, _method: &Method) -> Vec<String> {
        Vec::new()
    }

    /// Both.
    fn and<P: Permission>(self, other: P) -> And<Self, P>
    where
        Self: Sized,
    {
        And(self, other)
    }

    /// Either.
    fn or<P: Permission>(self, other: P) -> Or<Self, P>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// The opposite.
    fn not(self) -> Not<Self>
    where
        Self: Sized,
    {
        Not(self)
    }
}

/// Anybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAny;

impl Permission for AllowAny {
    fn allows(&self, _: &Ask<'_>) -> bool {
        true
    }
}

/// Whoever is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct IsAuthenticated;

impl Permission for IsAuthenticated {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        ask.user.is_some()
    }
}

/// Staff.
#[derive(Debug, Clone, Copy, Default)]
pub struct IsAdminUser;

impl Permission for IsAdminUser {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        ask.user.is_some_and(|user| user.is_staff)
    }
}

/// Anybody who only reads; whoever is known may write.
#[derive(Debug, Clone, Copy, Default)]
pub struct IsAuthenticatedOrReadOnly;

impl Permission for IsAuthenticatedOrReadOnly {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        ask.is_safe() || ask.user.is_some()
    }
}

/// Whoever owns the object, and staff. Strangers may not ask, so that they can't tell which objects there are.
#[derive(Debug, Clone, Copy, Default)]
pub struct IsOwnerOrAdmin;

impl Permission for IsOwnerOrAdmin {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        ask.user.is_some()
    }

    fn allows_object(&self, ask: &Ask<'_>, object: &dyn Owned) -> bool {
        ask.user.is_some_and(|user| user.is_staff || user.id == object.owner_id())
    }
}

/// Whoever was granted what Django's admin would ask for: `add_…`, `change_…`, `delete_…`. Whoever is known may read.
#[derive(Debug, Clone, Copy)]
pub struct DjangoModelPermissions {
    /// The application, as `"vestibule"`.
    pub app_label: &'static str,
    /// The model, as `"post"`.
    pub model: &'static str,
}

impl Permission for DjangoModelPermissions {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        ask.user.is_some() && self.needs(ask.method).iter().all(|permission| ask.granted.contains(permission))
    }

    fn needs(&self, method: &Method) -> Vec<String> {
        let action = match *method {
            Method::POST => "add",
            Method::PUT | Method::PATCH => "change",
            Method::DELETE => "delete",
            _ => return Vec::new(),
        };
        vec![format!("{}.{action}_{}", self.app_label, self.model)]
    }
}

/// What both of two allow.
#[derive(Debug, Clone, Copy, Default)]
pub struct And<A, B>(pub A, pub B);

impl<A: Permission, B: Permission> Permission for And<A, B> {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        self.0.allows(ask) && self.1.allows(ask)
    }

    fn allows_object(&self, ask: &Ask<'_>, object: &dyn Owned) -> bool {
        self.0.allows_object(ask, object) && self.1.allows_object(ask, object)
    }

    fn needs(&self, method: &Method) -> Vec<String> {
        [self.0.needs(method), self.1.needs(method)].concat()
    }
}

/// What either of two allows: of an object, one that lets its asker ask too.
#[derive(Debug, Clone, Copy, Default)]
pub struct Or<A, B>(pub A, pub B);

impl<A: Permission, B: Permission> Permission for Or<A, B> {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        self.0.allows(ask) || self.1.allows(ask)
    }

    fn allows_object(&self, ask: &Ask<'_>, object: &dyn Owned) -> bool {
        (self.0.allows(ask) && self.0.allows_object(ask, object))
            || (self.1.allows(ask) && self.1.allows_object(ask, object))
    }

    fn needs(&self, method: &Method) -> Vec<String> {
        [self.0.needs(method), self.1.needs(method)].concat()
    }
}

/// What another does not allow.
#[derive(Debug, Clone, Copy, Default)]
pub struct Not<A>(pub A);

impl<A: Permission> Permission for Not<A> {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        !self.0.allows(ask)
    }

    fn allows_object(&self, ask: &Ask<'_>, object: &dyn Owned) -> bool {
        !self.0.allows_object(ask, object)
    }

    fn needs(&self, method: &Method) -> Vec<String> {
        self.0.needs(method)
    }
}

/// A permission as a type, for a handler's signature: each that has a default is one; others are named by a type of one's
/// own.
pub trait Policy: 'static {
    /// The value.
    fn permission() -> impl Permission;
}

impl<P: Permission + Default + 'static> Policy for P {
    fn permission() -> impl Permission {
        P::default()
    }
}
