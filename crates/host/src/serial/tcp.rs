//! A TCP client at the other end of a serial port.
//!
//! Only programs of this host can connect: it listens on 127.0.0.1. One client is served at a time, and while it is
//! there the port has a carrier; the next one waits until it has gone. A client that ends its sending side has gone.

use super::{Arrival, LineWriter, Patience, READ_AHEAD, SerialInput};
use crate::error::HostError;
use crossbeam_channel::{Sender, bounded};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A port of the host that awaits its clients.
pub struct TcpEnd {
    name: &'static str,
    listener: TcpListener,
    address: SocketAddr,
}

/// The client that is there.
#[derive(Clone, Default)]
struct Client(Arc<Mutex<Option<TcpStream>>>);

impl Client {
    fn set(&self, stream: Option<TcpStream>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stream;
    }

    fn get(&self) -> Option<TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.try_clone().ok()
    }

    /// Ends the connection; whoever reads or writes it returns.
    fn hang_up(&self) {
        if let Some(stream) = self.get() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl TcpEnd {
    /// Listens on 127.0.0.1 for clients of the serial port `name`; 0 is a port that the host chooses.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn listen(name: &'static str, port: u16) -> Result<TcpEnd, HostError> {
        let listen = || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            let address = listener.local_addr()?;
            Ok(TcpEnd { name, listener, address })
        };
        listen().map_err(|error: io::Error| {
            HostError::host_resource(format!("{name} cannot listen on 127.0.0.1:{port}: {error}; give another port"))
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves clients from now on.
    ///
    /// # Errors
    /// When the host has no thread to give.
    pub fn start(self, patience: Patience) -> io::Result<(SerialInput, LineWriter)> {
        let TcpEnd { name, listener, .. } = self;
        let (arrivals, more) = bounded(READ_AHEAD);
        let client = Client::default();
        let served = client.clone();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                if serve(stream, &served, &arrivals).is_none() {
                    return;
                }
            }
        })?;
        let hung_up = client.clone();
        let write = move |bytes: &[u8]| {
            // Without a client the line ends nowhere.
            if let Some(mut stream) = client.get()
                && stream.write_all(bytes).is_err()
            {
                client.hang_up();
            }
        };
        Ok((SerialInput::from_thread(more), LineWriter::start(name, patience, write, move || hung_up.hang_up())?))
    }
}

/// Serves a client until it has gone; `None` when nobody wants to know any more.
fn serve(mut stream: TcpStream, client: &Client, arrivals: &Sender<Arrival>) -> Option<()> {
    let _ = stream.set_nodelay(true);
    client.set(stream.try_clone().ok());
    arrivals.send(Arrival::Carrier(true)).ok()?;
    let mut buffer = [0; 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => {
                for byte in buffer.iter().take(count) {
                    arrivals.send(Arrival::Byte(*byte)).ok()?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => break,
        }
    }
    client.set(None);
    let _ = stream.shutdown(Shutdown::Both);
    arrivals.send(Arrival::Carrier(false)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::await_arrivals;
    use super::*;
    use crate::runner::StopFlag;

    #[test]
    fn clients_come_one_after_the_other_and_talk_both_ways() {
        let end = TcpEnd::listen("COM1", 0).unwrap();
        let address = end.address();
        assert!(address.ip().is_loopback());
        let (mut input, mut writer) = end.start(Patience::Waits(StopFlag::default())).unwrap();
        assert_eq!(input.take(10, false), [Arrival::Carrier(false)]);
        for word in [b"one", b"two"] {
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(word).unwrap();
            let [a, b, c] = word.map(Arrival::Byte);
            assert_eq!(await_arrivals(&mut input, 4), [Arrival::Carrier(true), a, b, c]);
            writer.write(b"hello".to_vec());
            let mut heard = [0; 5];
            client.read_exact(&mut heard).unwrap();
            assert_eq!(&heard, b"hello");
            drop(client);
            assert_eq!(await_arrivals(&mut input, 1), [Arrival::Carrier(false)]);
        }
        writer.finish();
    }

    #[test]
    fn a_port_in_use_is_refused_with_the_remedy() {
        let end = TcpEnd::listen("COM1", 0).unwrap();
        let error = TcpEnd::listen("COM2", end.address().port()).err().unwrap();
        assert_eq!(error.kind(), crate::HostErrorKind::HostResource);
        assert!(error.to_string().contains("COM2 cannot listen") && error.to_string().contains("give another port"));
    }
}
