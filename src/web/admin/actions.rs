//! What is done with several rows of a list at once (`ModelAdmin.response_action`): a POST to the list itself.

use actix_web::{HttpRequest, HttpResponse, rt, web};
use askama::Template;

use super::{
    ModelPath,
    changelist::{self, ModelWords, counted},
    delete::DeletePage,
    frame::{Frame, Level, path_of, say},
    model,
    proof::Proof,
    query,
    staff::{Staff, StaffForm},
};
use crate::{
    admin::{
        Context, Registered,
        action::{self, Action, DELETE_SELECTED},
        bulk::{self, Chosen, Forecast, MOST_AT_ONCE, Selection},
        deletion::Deleted,
        form::Submitted,
        params::Params,
        query::ListError,
    },
    site::Site,
    web::{
        PageError,
        page::{Field, Page, render, shown},
        redirect,
    },
};

const UNSELECTED: &str = "Items must be selected in order to perform actions on them. No items have been changed.";
const NO_ACTION: &str = "No action selected.";
/// Up to how many rows are named one by one in the form that confirms: what is confirmed is what is done. Of more only the
/// query is carried on.
const MOST_CARRIED: i64 = 500;

/// The question before something else than a deletion.
#[derive(Debug, Template)]
#[template(path = "admin/action_confirmation.html")]
pub struct ActionPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// What they are.
    pub model: ModelWords,
    /// What is asked.
    pub question: &'static str,
    /// The first of those that were chosen: names, and what they are called.
    pub objects: Vec<(String, String)>,
    /// How many there are.
    pub count: i64,
    /// What was chosen.
    pub carried: Carried,
    /// Where the editor's own password is asked for.
    pub proof: Option<Field>,
    /// Where to go without doing it.
    pub back: String,
}

shown!(ActionPage);

impl ActionPage {
    /// How many are not named.
    pub fn more(&self) -> i64 {
        self.count - i64::try_from(self.objects.len()).unwrap_or(i64::MAX)
    }
}

/// What the form of a confirmation carries on.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// What is to be done.
    pub action: String,
    /// With which rows.
    pub names: Vec<String>,
    /// Whether with all that the list's query leaves.
    pub across: bool,
}

/// What a form asks for.
#[derive(Debug, Clone)]
enum Asked {
    /// Nothing: the list is shown.
    Nothing,
    /// Something, but with no row.
    Unselected,
    /// Something.
    Action { name: String, chosen: Chosen, is_confirmed: bool },
}

impl Asked {
    /// Reads it as Django does, to the order of its questions.
    fn read(sent: &Submitted) -> Self {
        let selected: Vec<String> = sent.all("_selected_action").map(str::to_owned).collect();
        let index = sent.get("index");
        if sent.get("_save").is_some() || (index.is_none() && selected.is_empty()) {
            return Self::Nothing;
        }
        if selected.is_empty() {
            return Self::Unselected;
        }
        // There may be several bars of actions; the button says which was used.
        let actions: Vec<&str> = sent.all("action").collect();
        let index: i64 = index.and_then(|index| index.trim().parse().ok()).unwrap_or(0);
        let length = i64::try_from(actions.len()).unwrap_or(i64::MAX);
        let place = usize::try_from(if index < 0 { index.saturating_add(length) } else { index }).ok();
        let name = place.and_then(|place| actions.get(place)).or(actions.last()).copied().unwrap_or_default();
        let across = !matches!(sent.text("select_across").to_ascii_lowercase().as_str(), "" | "0" | "false");
        Self::Action {
            name: name.to_owned(),
            chosen: if across { Chosen::All } else { Chosen::Named(selected) },
            is_confirmed: !sent.text("post").is_empty(),
        }
    }
}

/// How it goes on.
enum Step {
    /// The list is shown, and nothing was done.
    List,
    /// Back to the list, with something to say.
    Back(Option<(Level, String)>),
    /// There is no such list.
    Bad(ListError),
    /// It must be confirmed first.
    Confirm(Box<Confirmation>),
    /// It is more than goes in one transaction.
    InBatches,
}

struct Confirmation {
    frame: Frame,
    model: ModelWords,
    forecast: Forecast,
    count: i64,
    carried: Carried,
    proof: Option<Field>,
    /// `None` for a deletion.
    question: Option<&'static str>,
}

/// Does what was chosen.
pub async fn post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    path: web::Path<ModelPath>,
) -> Result<HttpResponse, PageError> {
    let proof = Proof::of(&request, &site, &form.staff, &form.data).await?;
    let (asked, params, (app, name)) = (Asked::read(&form.submitted()), query(&request), path.clone());
    let staff = form.staff;
    let step = {
        let (asked, params) = (asked.clone(), params.clone());
        staff.run(move |context| step(context, model(context, &app, &name)?, &params, asked, &proof)).await?
    };
    let back = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    match step {
        Step::List => changelist::get(request, staff, path).await,
        Step::Bad(error) => changelist::refuse(request.path(), params.get("e").is_some(), error),
        Step::Back(said) => {
            if let Some((level, text)) = said {
                say(&request, level, text);
            }
            Ok(redirect::to(&back))
        }
        Step::Confirm(confirmation) => confirm(&request, &staff, *confirmation, back),
        Step::InBatches => {
            let Asked::Action { chosen, .. } = asked else { return Ok(redirect::to(&back)) };
            let deleting = rt::spawn(delete_in_batches(staff, path.into_inner(), params, chosen));
            // It goes on also if nobody waits for the answer any more.
            let said = deleting.await.map_err(|error| PageError::Internal(error.into()))??;
            for (level, text) in said {
                say(&request, level, text);
            }
            Ok(redirect::to(&back))
        }
    }
}

fn step(
    context: &mut Context<'_>,
    model: &Registered,
    params: &Params,
    asked: Asked,
    proof: &Proof,
) -> Result<Step, PageError> {
    if !context.may(model, "view") {
        return Err(PageError::PermissionDenied);
    }
    let possible = action::actions(context, model);
    let (name, chosen, is_confirmed) = match asked {
        _ if possible.is_empty() => return Ok(Step::List),
        Asked::Nothing => return Ok(Step::List),
        Asked::Unselected => return Ok(warn(UNSELECTED)),
        Asked::Action { name, chosen, is_confirmed } => (name, chosen, is_confirmed),
    };
    if !possible.iter().any(|(known, _)| *known == name) {
        return Ok(warn(NO_ACTION));
    }
    let selection = match Selection::new(context, model, params, &chosen) {
        Ok(selection) => selection,
        Err(error) => return Ok(Step::Bad(error)),
    };
    let count = selection.count(context, model)?;
    let asking = Asking { chosen, is_confirmed, selection, count, proof };
    if name == DELETE_SELECTED {
        return delete_selected(context, model, &asking);
    }
    match model.options.actions.iter().find(|action| action.name == name) {
        Some(action) => perform(context, model, action, &asking),
        None => Ok(warn(NO_ACTION)),
    }
}

struct Asking<'a> {
    chosen: Chosen,
    is_confirmed: bool,
    selection: Selection,
    count: i64,
    proof: &'a Proof,
}

fn warn(text: &str) -> Step {
    Step::Back(Some((Level::Warning, text.to_owned())))
}

fn not_allowed(kept: &[String]) -> String {
    const MOST: usize = 5;
    let named: Vec<String> = kept.iter().take(MOST).map(|name| format!("“{name}”")).collect();
    let more = if kept.len() > MOST { format!(" and {} more", kept.len() - MOST) } else { String::new() };
    format!("You may not do this with {}{more}. No items have been changed.", named.join(", "))
}

fn too_many(model: &Registered, count: i64) -> Step {
    let rows = counted(count, &ModelWords::new(model));
    let text = format!(
        "You chose {rows}. This can be done with at most {MOST_AT_ONCE} at once: search or filter first. \
         No items have been changed."
    );
    Step::Back(Some((Level::Error, text)))
}

fn delete_selected(context: &mut Context<'_>, model: &Registered, asking: &Asking<'_>) -> Result<Step, PageError> {
    let Asking { is_confirmed, selection, count, proof, .. } = asking;
    let (is_confirmed, count) = (*is_confirmed, *count);
    let must_prove = model.admin.is_deletion_dangerous() && !proof.is_given;
    let is_large = count > MOST_AT_ONCE;
    if is_large && !model.admin.deletes_in_batches() {
        return Ok(too_many(model, count));
    }
    if is_confirmed && count == 0 {
        return Ok(Step::Back(None));
    }
    let forecast = selection.forecast(context, model)?;
    if is_confirmed && !must_prove {
        if !forecast.is_allowed() {
            return Err(PageError::PermissionDenied);
        }
        if is_large {
            return Ok(Step::InBatches);
        }
        return Ok(Step::Back(Some(match selection.delete(context, model)? {
            Deleted::Gone(0) => return Ok(Step::Back(None)),
            Deleted::Gone(count) => (Level::Success, deleted(count, &ModelWords::new(model))),
            Deleted::Refused(message) => (Level::Error, message),
        })));
    }
    let proof = proof.field(is_confirmed && must_prove).filter(|_| must_prove);
    Ok(ask(context, model, asking, forecast, (DELETE_SELECTED, "Delete multiple objects"), proof, None))
}

fn perform(
    context: &mut Context<'_>,
    model: &Registered,
    action: &Action,
    asking: &Asking<'_>,
) -> Result<Step, PageError> {
    let Asking { is_confirmed, selection, count, proof, .. } = asking;
    let (is_confirmed, count) = (*is_confirmed, *count);
    if count > MOST_AT_ONCE {
        return Ok(too_many(model, count));
    }
    let records = selection.records(context, model, MOST_AT_ONCE)?;
    let kept = bulk::kept(context, model, action.name, &records)?;
    if !kept.is_empty() {
        return Ok(Step::Back(Some((Level::Error, not_allowed(&kept)))));
    }
    let must_prove = action.is_dangerous && !proof.is_given;
    if must_prove || (!action.question.is_empty() && !is_confirmed) {
        let forecast = Forecast { goes: Vec::new(), kept: Vec::new(), ..selection.forecast(context, model)? };
        let proof = proof.field(is_confirmed && must_prove).filter(|_| must_prove);
        let title = (action.name, action.description);
        return Ok(ask(context, model, asking, forecast, title, proof, Some(action.question)));
    }
    let done = (action.run)(context, &model.options, &records)?;
    Ok(Step::Back(Some((if done.is_error { Level::Error } else { Level::Success }, done.message))))
}

fn ask(
    context: &Context<'_>,
    model: &Registered,
    asking: &Asking<'_>,
    mut forecast: Forecast,
    (action, title): (&str, &str),
    proof: Option<Field>,
    question: Option<&'static str>,
) -> Step {
    let count = asking.count;
    let across = asking.chosen == Chosen::All && count > MOST_CARRIED;
    // Django looks for a row that was chosen, also where all are.
    let names = if across { vec!["0".to_owned()] } else { std::mem::take(&mut forecast.names) };
    let carried = Carried { action: action.to_owned(), names, across };
    let frame = Frame::new(context, title, Some(model)).step(title, path_of(model));
    let model = ModelWords::new(model);
    Step::Confirm(Box::new(Confirmation { frame, model, forecast, count, carried, proof, question }))
}

fn confirm(
    request: &HttpRequest,
    staff: &Staff,
    confirmation: Confirmation,
    back: String,
) -> Result<HttpResponse, PageError> {
    let Confirmation { frame, model, forecast, count, carried, proof, question } = confirmation;
    let (page, frame) = (Page::new(request, Some(&staff.user)), frame.saying(request));
    if let Some(question) = question {
        let objects = forecast.named;
        return render(&ActionPage { page, frame, model, question, objects, count, carried, proof, back });
    }
    let is_allowed = forecast.is_allowed();
    let Forecast { named: objects, kept, goes, .. } = forecast;
    let carried = Some(carried);
    render(&DeletePage { page, frame, model, objects, count, kept, goes, proof, is_allowed, carried, back })
}

/// Deletes very many rows, each batch with a connection and a transaction of its own.
async fn delete_in_batches(
    staff: Staff,
    (app, name): ModelPath,
    params: Params,
    chosen: Chosen,
) -> Result<Vec<(Level, String)>, PageError> {
    let (mut last, mut gone, mut left) = (None, 0, 0);
    loop {
        let (after, path) = (last, (app.clone(), name.clone()));
        let (params, chosen) = (params.clone(), chosen.clone());
        let batch = staff.run(move |context| {
            let model = model(context, &path.0, &path.1)?;
            if !context.may(model, "delete") {
                return Err(PageError::PermissionDenied);
            }
            let selection = match Selection::new(context, model, &params, &chosen) {
                Ok(selection) => selection,
                Err(ListError::Auth(error)) => return Err(error.into()),
                Err(_) => return Err(PageError::BadRequest("This list can’t be looked up in that way.")),
            };
            Ok((selection.delete_batch(context, model, after.as_deref())?, ModelWords::new(model)))
        });
        let (batch, words) = batch.await?;
        let Some(batch) = batch else { return Ok(said_of(gone, left, &words)) };
        (gone, left, last) = (gone + batch.deleted, left + batch.left, Some(batch.last));
    }
}

fn said_of(gone: usize, left: usize, words: &ModelWords) -> Vec<(Level, String)> {
    let mut said = Vec::new();
    if gone > 0 {
        said.push((Level::Success, deleted(gone, words)));
    }
    if left > 0 {
        said.push((Level::Warning, format!("Not deleted, as that is not allowed: {}.", rows(left, words))));
    }
    said
}

/// "Successfully deleted 2 users."
fn deleted(count: usize, words: &ModelWords) -> String {
    format!("Successfully deleted {}.", rows(count, words))
}

fn rows(count: usize, words: &ModelWords) -> String {
    counted(i64::try_from(count).unwrap_or(i64::MAX), words)
}
