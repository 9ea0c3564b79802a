//! Exports the function that counts durable writes, because callers look it up by name at run time.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,--export-dynamic-symbol=pwritev64v2");
    }
}
