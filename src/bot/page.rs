//! The page beside the bot: who gets a link to log in, what is shown there, what is marked.

use std::time::Duration;

use jiff::Timestamp;

use crate::beside::Request;
use crate::chat::{NoLink, Reply, phrases};
use crate::ids::RoomId;
use crate::insight::Marked;
use crate::render::Block;

use super::{Act, Asked, Bot, Moment, Result, ToMark, ToShow};

/// After somebody has looked at what is kept, for how long it is held ready.
const LOOKED: Duration = Duration::from_secs(10 * 60);

impl Bot {
    /// A link was made that logs the sender of a command in, or can't be: it is said to them alone.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn linked(&mut self, asked: &Asked, link: std::result::Result<String, NoLink>, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let mut acts = Vec::new();
        let words = match link {
            Err(why) => vec![Block::text(phrases::no_link(why))],
            Ok(link) if asked.place.direct => phrases::login_link(&link),
            Ok(link) => {
                let (user, cause) =
                    (asked.message.sender.clone(), format!("login.{}", asked.message.id.as_str().trim_start_matches('$')));
                acts.push(Act::TellDirectly { user, cause, blocks: phrases::login_link(&link) });
                vec![Block::text(phrases::LINK_COMES)]
            }
        };
        acts.extend(self.heard(asked, Reply::say(words), Vec::new(), moment)?);
        Ok(acts)
    }

    /// The page asks for something.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn page_asks(&mut self, request: Request, moment: &Moment<'_>) -> Result<Vec<Act>> {
        Ok(vec![match request {
            Request::Look => {
                self.times.looked = Some(moment.up);
                self.show(moment)?
            }
            Request::Mark { questions, mark, number } => {
                let at = Timestamp::from_millisecond(moment.now).unwrap_or_default();
                Act::Mark(ToMark { questions, marked: mark.map(|mark| Marked { mark, at }), number })
            }
        }])
    }

    /// What is to be shown now.
    pub(super) fn show(&self, moment: &Moment<'_>) -> Result<Act> {
        let rooms = self.journal.kept_rooms()?;
        let is_open = |room: &&RoomId| moment.rooms.room(room).is_some_and(|room| room.open);
        let open = rooms.iter().filter(is_open).cloned().collect();
        let whole = self.times.looked.is_some_and(|at| moment.up.saturating_sub(at) < LOOKED);
        Ok(Act::Show(ToShow { rooms, open, whole, now: moment.now }))
    }
}
