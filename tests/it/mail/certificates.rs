//! Certificates of the day, made by `openssl`.

use std::{fs, path::PathBuf, process::Command, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tempfile::TempDir;

/// An authority of whom nobody has heard, and a server's certificate by it.
pub struct Certificates(TempDir);

impl Certificates {
    /// For a server that is called by this address.
    pub fn of(address: &str) -> Self {
        let made = Self(tempfile::tempdir().expect("a folder"));
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        let authority = ["-subj", "/CN=An authority", "-keyout", "ca.key", "-out", "ca.pem"];
        made.openssl(&[&["req", "-x509"], &key[..], &authority].concat());
        let request = ["-subj", "/CN=A mail server", "-keyout", "server.key", "-out", "server.csr"];
        made.openssl(&[&["req"], &key[..5], &request].concat());
        fs::write(made.path("extensions"), format!("subjectAltName=IP:{address}\n")).expect("a file");
        let sign = ["-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
        let out = ["-days", "2", "-extfile", "extensions", "-out", "server.pem"];
        made.openssl(&[&["x509"], &sign[..], &out].concat());
        made
    }

    /// The authority's, for those who trust it.
    pub fn authority(&self) -> PathBuf {
        self.path("ca.pem")
    }

    pub fn server(&self) -> Arc<ServerConfig> {
        let certificate = CertificateDer::from_pem_file(self.path("server.pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(self.path("server.key")).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("TLS")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key);
        Arc::new(config.expect("a key for the certificate"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).current_dir(self.0.path()).output();
        let output = output.unwrap_or_else(|error| panic!("no openssl: {error}; `tests/run` installs it"));
        assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
