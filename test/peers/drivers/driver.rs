//! The peer of the conformance suite in Rust; see protocol.md.
#[path = "ringwire.rs"]
mod ringwire;

use ringwire::*;
use std::io::{BufRead, Write};

enum Writer {
    Ring(RingWriter),
    Log(LogWriter),
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn content(number: u32, length: usize) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.extend((4..length as u32).map(|i| number.wrapping_add(i) as u8));
    bytes
}

fn batch(writer: &mut Writer, records: &[&[u8]]) -> Result<usize> {
    match writer {
        Writer::Ring(ring) => ring.write_batch(records),
        Writer::Log(log) => log.write_batch(records),
    }
}

fn write(writer: &mut Writer, record: &[u8]) -> Result<usize> {
    match writer {
        Writer::Ring(ring) => ring.write(record),
        Writer::Log(log) => log.write(record),
    }
}

fn produce(writer: &mut Writer, first: u32, count: u32, length: usize) -> Result<String> {
    for number in first..first + count {
        loop {
            match (write(writer, &content(number, length)), &*writer) {
                (Err(Error::BackPressured), Writer::Ring(ring)) => ring.wait_for_room(50),
                (done, _) => {
                    done?;
                    break;
                }
            }
        }
    }
    Ok("ok".into())
}

fn consume(reader: &mut Reader, count: u64) -> Result<String> {
    let mut got = 0u64;
    while got + reader.losses().records < count && reader.end_reason().is_none() {
        let lost = reader.losses().records;
        let record = reader.try_read()?.map(|record| record.to_vec());
        match record {
            None => reader.wait(50),
            Some(record) => {
                let number = got + lost.max(reader.losses().records);
                if record != content(number as u32, record.len()) {
                    return Ok("error MISMATCH".into());
                }
                got += 1;
            }
        }
    }
    let end = reader.end_reason().map_or("-", |error| error.code());
    Ok(format!("consumed {got} {} {end}", reader.losses().records))
}

struct Peer {
    root: String,
    writer: Option<Writer>,
    reader: Option<Reader>,
}

impl Peer {
    fn run(&mut self, words: &[&str]) -> Result<String> {
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        let root = self.root.clone();
        let taken = |result: Result<usize>| result.map(|bytes| format!("taken {bytes}"));
        match words[0] {
            "create-ring" => {
                let mut options = RingOptions::new(number(1));
                options.capacity = number(2) as u32;
                options.max_message_length = number(3) as u32;
                options.policy = if words[4] == "overwrite" { Policy::Overwrite } else { Policy::BackPressure };
                options.stuck_reader = match words[5] {
                    "evict" => StuckReader::Evict,
                    "fail" => StuckReader::Fail,
                    _ => StuckReader::Wait,
                };
                options.stuck_after_ms = number(6) as u32;
                self.writer = Some(Writer::Ring(RingWriter::create(&root, &options)?));
            }
            "create-log" => {
                let mut options = LogOptions::new(number(1));
                options.capacity = number(2) as u32;
                options.max_message_length = number(3) as u32;
                self.writer = Some(Writer::Log(LogWriter::create(&root, &options)?));
            }
            "resume" => self.writer = Some(Writer::Ring(RingWriter::resume(&root, number(1))?)),
            "write" => return taken(write(self.writer(), &hex(words.get(1).unwrap_or(&"")))),
            "claim" => {
                let data = hex(words[1]);
                return taken(match self.writer() {
                    Writer::Ring(ring) => ring.write_with(data.len(), |place| place.copy_from_slice(&data)),
                    Writer::Log(log) => log.write(&data),
                });
            }
            "batch" => {
                let records: Vec<_> = words[1].split(',').map(hex).collect();
                let slices: Vec<_> = records.iter().map(|record| record.as_slice()).collect();
                return taken(batch(self.writer(), &slices));
            }
            "heartbeat" => return taken(write(self.writer(), &[])),
            "flush" => match self.writer() {
                Writer::Ring(ring) => ring.flush()?,
                Writer::Log(log) => log.flush()?,
            },
            "detach" => self.writer = None,
            "close" => match self.writer.take() {
                Some(Writer::Ring(ring)) => ring.close()?,
                Some(Writer::Log(log)) => log.close()?,
                None => {}
            },
            "produce" => {
                return produce(self.writer(), number(1) as u32, number(2) as u32, number(3) as usize);
            }
            "open" => {
                let start = if words[2] == "newest" { Start::Newest } else { Start::Oldest };
                let options = ReaderOptions { start, observe: words[3] == "observe", name: "peer" };
                self.reader = None;
                self.reader = Some(Reader::open(&root, number(1), &options)?);
            }
            "read" => {
                let reader = self.reader();
                return Ok(match reader.try_read().map(|record| record.map(|bytes| bytes.to_vec())) {
                    Ok(Some(bytes)) => format!("record {}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
                    Ok(None) => reader.end_reason().map_or("nothing".into(), |end| format!("end {}", end.code())),
                    Err(error) => format!("end {}", error.code()),
                });
            }
            "consume" => return consume(self.reader(), number(1)),
            "stats" => {
                let r = self.reader();
                let Losses { records, bytes, .. } = r.losses();
                let sequence = r.sequence();
                return Ok(format!("stats {} {sequence} {} {} {records} {bytes}", r.position(), r.heartbeats(), r.epoch()));
            }
            "alive" => return Ok(format!("alive {}", self.reader().writer_alive() as u8)),
            "close-reader" => self.reader = None,
            _ => return Ok("error UNKNOWN".into()),
        }
        Ok("ok".into())
    }

    fn writer(&mut self) -> &mut Writer {
        self.writer.as_mut().expect("a writer")
    }

    fn reader(&mut self) -> &mut Reader {
        self.reader.as_mut().expect("a reader")
    }
}

fn main() {
    let root = std::env::args().nth(1).expect("the root");
    let mut peer = Peer { root, writer: None, reader: None };
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        let answer = peer.run(&words).unwrap_or_else(|error| format!("error {}", error.code()));
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}").unwrap();
        out.flush().unwrap();
    }
}
