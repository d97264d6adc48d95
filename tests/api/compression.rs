//! Answers take fewer bytes where the client asks for it and it helps.

use std::io::Read as _;

use nearest_atm::http::HttpOptions;

use crate::support::Server;

const MANY: &str = "/v1/atms/nearest?lat=60.1&lon=24.9&limit=100";

fn decoded(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap(),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain).unwrap(),
        "zstd" => zstd::Decoder::new(bytes).unwrap().read_to_end(&mut plain).unwrap(),
        other => panic!("{other}"),
    };
    plain
}

#[tokio::test]
async fn each_encoding_holds_the_same_bytes_under_the_same_tag() {
    let server = Server::start().await;
    let plain = server.get(MANY).await;
    assert_eq!(plain.header("content-encoding"), "");
    for encoding in ["gzip", "br", "zstd"] {
        let answer = server.get_with(MANY, &[("accept-encoding", encoding)]).await;
        assert_eq!(answer.header("content-encoding"), encoding);
        assert!(answer.body.len() < plain.body.len() / 3);
        assert_eq!(decoded(encoding, &answer.body), plain.body);
        assert_eq!(answer.header("etag"), plain.header("etag"));
        assert_eq!(answer.header("vary"), plain.header("vary"));
        assert!(answer.header("vary").contains("accept-encoding"));
    }
}

#[tokio::test]
async fn the_client_chooses_by_quality() {
    let server = Server::start().await;
    for (accept, encoding) in [
        ("gzip;q=0.5, br;q=0.8", "br"),
        ("gzip, identity;q=0.5", "gzip"),
        ("deflate, compress", ""),
        ("gzip;q=0", ""),
        ("identity", ""),
    ] {
        let answer = server.get_with(MANY, &[("accept-encoding", accept)]).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
    }
}

#[tokio::test]
async fn small_answers_and_answers_without_a_body_stay_as_they_are() {
    let server = Server::start().await;
    let accept = ("accept-encoding", "gzip, br, zstd");
    for path in ["/livez", "/v1/atms/nearest?lat=60.1&lon=24.9&limit=1&operator=nobody", "/nowhere"]
    {
        let answer = server.get_with(path, &[accept]).await;
        assert_eq!(answer.header("content-encoding"), "", "{path}");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    }
    let fresh = server.get_with(MANY, &[accept, ("if-none-match", "*")]).await;
    assert_eq!(fresh.status, 304);
    assert_eq!(fresh.header("content-encoding"), "");
    assert_eq!(fresh.header("vary"), server.get(MANY).await.header("vary"));
}

#[tokio::test]
async fn an_answer_held_compressed_is_held() {
    let server = Server::start().await;
    let etag = server.get_with(MANY, &[("accept-encoding", "gzip")]).await.header("etag");
    let headers = [("accept-encoding", "gzip"), ("if-none-match", etag.as_str())];
    assert_eq!(server.get_with(MANY, &headers).await.status, 304);
}

#[tokio::test]
async fn compression_can_be_switched_off() {
    let server = Server::with(HttpOptions { compression: false, ..HttpOptions::default() }).await;
    let answer = server.get_with(MANY, &[("accept-encoding", "gzip")]).await;
    assert_eq!(answer.header("content-encoding"), "");
}
