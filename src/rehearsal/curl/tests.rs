use super::*;

fn line<'a>(change: impl FnOnce(&mut Curl<'a>)) -> String {
    let mut curl = Curl {
        address: "127.0.0.5:8080".parse().unwrap(),
        tls: None,
        method: "GET",
        host: "shop.test",
        target: "/cart",
        headers: &[],
    };
    change(&mut curl);
    curl.to_string()
}

#[test]
fn a_line_has_what_curl_needs_and_no_more() {
    let ca = Path::new("/home/o'neil/ca.crt");
    let headers = [("x-version".to_owned(), "it's $HOME".to_owned()), ("x-empty".to_owned(), String::new())];
    let cases = [
        (line(|_| {}), "curl --resolve shop.test:8080:127.0.0.5 http://shop.test:8080/cart", "plain HTTP"),
        (
            line(|curl| curl.tls = Some(Some(ca))),
            r"curl --cacert '/home/o'\''neil/ca.crt' --resolve shop.test:8080:127.0.0.5 https://shop.test:8080/cart",
            "a certificate made here; a path with a quote",
        ),
        (
            line(|curl| curl.tls = Some(None)),
            "curl -k --resolve shop.test:8080:127.0.0.5 https://shop.test:8080/cart",
            "a certificate of somebody else",
        ),
        (
            line(|curl| {
                curl.method = "POST";
                curl.target = "/a?b=1&c=2";
                curl.headers = &headers;
            }),
            r"curl -X POST --resolve shop.test:8080:127.0.0.5 'http://shop.test:8080/a?b=1&c=2' -H 'x-version: it'\''s $HOME' -H 'x-empty;'",
            "nothing of it means anything to the shell",
        ),
        (
            line(|curl| curl.method = "HEAD"),
            "curl --head --resolve shop.test:8080:127.0.0.5 http://shop.test:8080/cart",
            "-X HEAD would wait for a body",
        ),
        (
            line(|curl| curl.target = "/a/../b"),
            "curl --path-as-is --resolve shop.test:8080:127.0.0.5 http://shop.test:8080/a/../b",
            "dot segments are sent as they are",
        ),
        (
            line(|curl| curl.target = "/a[1]{x}"),
            "curl -g --resolve shop.test:8080:127.0.0.5 'http://shop.test:8080/a[1]{x}'",
            "no pattern for many URLs",
        ),
        (
            line(|curl| curl.address = "[::1]:8443".parse().unwrap()),
            "curl --resolve 'shop.test:8443:[::1]' http://shop.test:8443/cart",
            "IPv6",
        ),
        (
            line(|curl| curl.address = "0.0.0.0:8080".parse().unwrap()),
            "curl --resolve shop.test:8080:127.0.0.1 http://shop.test:8080/cart",
            "listening everywhere",
        ),
        (
            line(|curl| curl.host = "127.0.0.5"),
            "curl http://127.0.0.5:8080/cart",
            "the address itself needs no name",
        ),
        (
            line(|curl| curl.host = "10.0.0.1"),
            "curl --connect-to ::127.0.0.5:8080 http://10.0.0.1:8080/cart",
            "another address as host: there is no name to resolve",
        ),
    ];
    for (made, wanted, why) in cases {
        assert_eq!(made, wanted, "{why}");
    }
}

proptest::proptest! {
    #[test]
    fn a_shell_takes_a_quoted_word_as_one_and_as_it_was(word in "[ -~äß\t'\"\\\\]{0,40}") {
        let script = format!("printf %s {}", quoted(&word));
        let out = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        proptest::prop_assert_eq!(String::from_utf8_lossy(&out.stdout), word);
    }
}
