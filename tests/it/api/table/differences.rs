//! Where ours answers otherwise than simplejwt and DRF, on purpose.

use crate::api::{Answer, PROFILE, Request};

/// What one request, or several that are alike, are answered here, and why.
pub struct Difference {
    /// The name of a request, or what the names begin with if `tokens` tell the rest.
    pub requests: &'static [&'static str],
    /// What is odd about the tokens.
    pub tokens: &'static [&'static str],
    pub ours: Ours,
    pub why: &'static str,
}

/// What ours says instead.
pub enum Ours {
    /// That the token is none of ours.
    TokenIsInvalid,
    /// This.
    Answer(u16, &'static str),
    /// Something with this status, and in the body what nobody could know before.
    Status(u16),
}

impl Difference {
    pub fn is_about(&self, name: &str) -> bool {
        if self.tokens.is_empty() {
            return self.requests.contains(&name);
        }
        let tokens = |request: &&str| name.strip_prefix(request).and_then(|rest| rest.strip_prefix(' '));
        self.requests.iter().filter_map(tokens).any(|token| self.tokens.contains(&token))
    }

    /// The whole answer that ours should give.
    pub fn expected(&self, request: &Request, found: &Answer) -> Answer {
        let is_profile = request.path == PROFILE;
        let (status, body) = match self.ours {
            Ours::TokenIsInvalid if is_profile => (401, NO_ACCESS),
            Ours::TokenIsInvalid => (401, INVALID),
            Ours::Answer(status, body) => (status, body),
            Ours::Status(status) => (status, found.body.as_str()),
        };
        Answer {
            status,
            content_type: "application/json".to_owned(),
            www_authenticate: if status == 401 { "Bearer realm=\"api\"" } else { "" }.to_owned(),
            allow: if is_profile { "GET, HEAD, OPTIONS" } else { "POST, OPTIONS" }.to_owned(),
            body: body.to_owned(),
        }
    }
}

const INVALID: &str = r#"{"detail":"Token is invalid","code":"token_not_valid"}"#;
const NO_ACCESS: &str = r#"{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[{"token_class":"AccessToken","token_type":"access","message":"Token is invalid"}]}"#;
const NOT_FOUND: &str = r#"{"detail":"User not found","code":"user_not_found"}"#;
const NO_ACCOUNT: &str = r#"{"detail":"No active account found for the given token."}"#;
const NO_JSON: &str = r#"{"detail":"JSON parse error - …"#;
const NO_LOG_IN: &str = r#"{"detail":"No active account found with the given credentials"}"#;

const EVERYWHERE: &[&str] = &["profile", "refresh", "verify", "logout"];

/// Of user ids those that nobody has. Django crashes at most of them, or takes them for another spelling of one.
const NO_IDS: &[&str] = &[
    r#"user_id="""#,
    r#"user_id="abc""#,
    r#"user_id="1 or 1=1""#,
    "user_id=[1]",
    "user_id={}",
    r#"user_id="\u0000""#,
    "user_id=1e400",
    r#"user_id="0x1""#,
    r#"user_id="1e0""#,
];
const OTHER_SPELLINGS: &[&str] =
    &["user_id=true", "user_id=1.0", r#"user_id=" 1 ""#, r#"user_id="01""#, r#"user_id="+1""#];

pub const DIFFERENCES: &[Difference] = &[
    // Tokens.
    Difference {
        requests: EVERYWHERE,
        tokens: &[
            "exp=true",
            "exp=false",
            "exp=-1",
            "iat=true",
            "iat=false",
            "iat=-1",
            "nbf=true",
            "nbf=false",
            "nbf=-1",
            r#"exp="4000000000""#,
            "exp=99999999999999999999",
            "exp=253402300800",
        ],
        ours: Ours::TokenIsInvalid,
        why: "a time is a number that a calendar has; Django crashes at some of these",
    },
    Difference {
        requests: EVERYWHERE,
        tokens: &[r#"jti="""#, r#"jti="\u0000""#, r#"jti="\ud800""#, "user_id=NaN"],
        ours: Ours::TokenIsInvalid,
        why: "an id is a text that both databases can keep, and claims are JSON; Django crashes at some of these",
    },
    Difference {
        requests: EVERYWHERE,
        tokens: &[
            r#"{"alg":"HS256","typ":"JOSE"} HS256"#,
            r#"{"alg":"HS256","typ":"at+jwt"} HS256"#,
            r#"{"alg":"HS256","typ":1} HS256"#,
            r#"{"alg":"HS256","crit":["b64"],"b64":true} HS256"#,
            r#"{"alg":"HS256","b64":true} HS256"#,
        ],
        ours: Ours::TokenIsInvalid,
        why: "what a head says beyond ours is not understood here, so it is not taken",
    },
    Difference {
        requests: EVERYWHERE,
        tokens: &["the signature's padding"],
        ours: Ours::TokenIsInvalid,
        why: "one token has one text",
    },
    Difference {
        requests: &["refresh", "logout"],
        tokens: &["jti="],
        ours: Ours::Answer(401, r#"{"detail":"Token has no id","code":"token_not_valid"}"#),
        why: "Django crashes",
    },
    Difference {
        requests: &["refresh", "logout"],
        tokens: &["claims: object"],
        ours: Ours::Answer(401, r#"{"detail":"Token has no 'exp' claim","code":"token_not_valid"}"#),
        why: "Django crashes",
    },
    Difference {
        requests: &["refresh", "logout"],
        tokens: &["iss=null", "iss=1", r#"iss=["x"]"#, "iss=[1]", "iss={}"],
        ours: Ours::Status(200),
        why: "nobody asked who made it; Django crashes",
    },
    // Whose they are.
    Difference {
        requests: &["profile", "verify"],
        tokens: NO_IDS,
        ours: Ours::Answer(401, NOT_FOUND),
        why: "Django crashes, or verifies tokens of nobody",
    },
    Difference {
        requests: &["profile", "verify"],
        tokens: OTHER_SPELLINGS,
        ours: Ours::Answer(401, NOT_FOUND),
        why: "a number has one spelling",
    },
    Difference {
        requests: &["verify"],
        tokens: &[
            "user_id=null",
            "user_id=0",
            "user_id=-1",
            "user_id=false",
            "user_id=99999",
            r#"user_id="99999""#,
            "user_id=99999999999999999999",
            r#"user_id="99999999999999999999""#,
            "of somebody deleted",
        ],
        ours: Ours::Answer(401, NOT_FOUND),
        why: "tokens of whoever is not there are good for nothing",
    },
    Difference {
        requests: &["verify"],
        tokens: &["of somebody inactive"],
        ours: Ours::Answer(401, r#"{"detail":"User is inactive","code":"user_inactive"}"#),
        why: "tokens of whoever may not log in are good for nothing",
    },
    Difference { requests: &["refresh"], tokens: NO_IDS, ours: Ours::Answer(401, NO_ACCOUNT), why: "Django crashes" },
    Difference {
        requests: &["refresh"],
        tokens: OTHER_SPELLINGS,
        ours: Ours::Answer(401, NO_ACCOUNT),
        why: "a number has one spelling",
    },
    Difference {
        requests: &["refresh"],
        tokens: &[
            "user_id=",
            "user_id=null",
            "user_id=0",
            "user_id=-1",
            "user_id=false",
            "user_id=99999",
            r#"user_id="99999""#,
            "user_id=99999999999999999999",
            r#"user_id="99999999999999999999""#,
            "of somebody deleted",
        ],
        ours: Ours::Answer(401, NO_ACCOUNT),
        why: "nobody can be renewed who is not there; Django crashes, or renews a token of nobody",
    },
    Difference {
        requests: &["logout"],
        tokens: NO_IDS,
        ours: Ours::Answer(200, "{}"),
        why: "whoever has a token may end it; Django crashes",
    },
    Difference {
        requests: &["refresh"],
        tokens: &[
            "user_id=1",
            "email=null",
            "email=1",
            r#"email="x""#,
            r#"email=["x"]"#,
            "email=[1]",
            "email={}",
            "is_staff=null",
            "is_staff=1",
            r#"is_staff="x""#,
            r#"is_staff=["x"]"#,
            "is_staff=[1]",
            "is_staff={}",
        ],
        ours: Ours::Status(200),
        why: "claims are computed anew",
    },
    // Fields.
    Difference {
        requests: &["/api/auth/login/"],
        tokens: &[
            r#"{"username":"ann","password":" "}"#,
            r#"{"username":"ann","password":"\t\n"}"#,
            r#"{"username":"ann","password":"\u00a0"}"#,
            r#"{"username":"ann","password":"\u3000"}"#,
            r#"{"username":"ann","password":" correct horse 42"}"#,
            r#"{"username":"ann","password":"correct horse 42 "}"#,
        ],
        ours: Ours::Answer(401, NO_LOG_IN),
        why: "passwords are taken as they are",
    },
    Difference {
        requests: &["form: spaces"],
        tokens: &[],
        ours: Ours::Answer(400, r#"{"username":["This field may not be blank."]}"#),
        why: "passwords are taken as they are",
    },
    Difference {
        requests: &[r#"/api/auth/login/ {"username":"hasedges","password":" edges "}"#],
        tokens: &[],
        ours: Ours::Status(200),
        why: "passwords are taken as they are",
    },
    Difference {
        requests: &[r#"/api/auth/login/ {"username":"zoë","password":"correct horse 42"}"#],
        tokens: &[],
        ours: Ours::Status(200),
        why: "the same claims, but letters beyond ASCII are not escaped in them",
    },
    // JSON.
    Difference {
        requests: &["/api/auth/login/"],
        tokens: &[
            r#"{"password":"correct horse 42","username":"\ud800"}"#,
            r#"{"password":"correct horse 42","username":"a\udc00b"}"#,
            r#"{"password":"correct horse 42","username":1E400}"#,
            r#"{"password":"correct horse 42","username":-1e400}"#,
            r#"{"username":"ann","password":"\ud800"}"#,
            r#"{"username":"ann","password":"a\udc00b"}"#,
            r#"{"username":"ann","password":1E400}"#,
            r#"{"username":"ann","password":-1e400}"#,
            r#"{"username":"hasinf","password":1e400}"#,
        ],
        ours: Ours::Answer(400, NO_JSON),
        why: "halves of letters, and numbers that are none, are no JSON here",
    },
    Difference {
        requests: &["/api/auth/refresh/", "/api/auth/logout/"],
        tokens: &[
            r#"{"refresh":"\ud800"}"#,
            r#"{"refresh":"a\udc00b"}"#,
            r#"{"refresh":1E400}"#,
            r#"{"refresh":-1e400}"#,
        ],
        ours: Ours::Answer(400, NO_JSON),
        why: "halves of letters, and numbers that are none, are no JSON here",
    },
    Difference {
        requests: &["/api/auth/verify/"],
        tokens: &[r#"{"token":"\ud800"}"#, r#"{"token":"a\udc00b"}"#, r#"{"token":1E400}"#, r#"{"token":-1e400}"#],
        ours: Ours::Answer(400, NO_JSON),
        why: "halves of letters, and numbers that are none, are no JSON here",
    },
    Difference {
        requests: &["/api/auth/login/", "/api/auth/refresh/", "/api/auth/verify/", "/api/auth/logout/"],
        tokens: &["1e400", r#"{"a":"\ud800"}"#, r#"{"\ud800":1}"#],
        ours: Ours::Answer(400, NO_JSON),
        why: "halves of letters, and numbers that are none, are no JSON here",
    },
    Difference {
        requests: &["twice:"],
        tokens: &["username", "password", "escaped", "refresh", "token", "out", "within"],
        ours: Ours::Answer(400, NO_JSON),
        why: "two readers might take two meanings from it",
    },
    Difference {
        requests: &["deep: username", "deep: body"],
        tokens: &[],
        ours: Ours::Answer(400, NO_JSON),
        why: "Django crashes",
    },
    // Other bodies.
    Difference {
        requests: &["as", "nothing as"],
        tokens: &[
            r#""application/json; charset=latin-1""#,
            r#""application/json; charset=nonsense""#,
            r#""application/json; charset=""#,
        ],
        ours: Ours::Answer(400, r#"{"detail":"Only UTF-8 is read here."}"#),
        why: "two readers might read two texts",
    },
    Difference {
        requests: &["as"],
        tokens: &[r#""*/*""#, r#""application/*""#],
        ours: Ours::Status(415),
        why: "a body has one type; DRF takes what asks for a type as one",
    },
    Difference {
        requests: &["nothing as"],
        tokens: &[
            r#""*/*""#,
            r#""application/*""#,
            r#""application/vnd.api+json""#,
            r#""application/json-patch+json""#,
            r#""application/jsonp""#,
            r#""text/json""#,
            r#""text/plain""#,
            r#""text/plain; charset=utf-8""#,
            r#""application/xml""#,
            r#""application/octet-stream""#,
            r#""application""#,
            r#""json""#,
            r#""nonsense \"quoted\"""#,
            r#""application/json, text/plain""#,
            r#""""#,
        ],
        ours: Ours::Status(415),
        why: "a type that is not read is refused whether anything follows or not",
    },
    Difference {
        requests: &["form: not utf-8"],
        tokens: &[],
        ours: Ours::Answer(400, r#"{"detail":"The form is not valid UTF-8."}"#),
        why: "what was not sent is not read into it",
    },
    Difference { requests: &["form: parts"], tokens: &[], ours: Ours::Status(415), why: "no files are taken here" },
    Difference {
        requests: &["form: parts,"],
        tokens: &["no password", "a file", "none", "no boundary", "an odd boundary", "garbage", "nothing"],
        ours: Ours::Status(415),
        why: "no files are taken here",
    },
];
