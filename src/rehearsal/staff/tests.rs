//! Who is hired, kept and let go.

use super::*;
use crate::rehearsal::testing::world;

fn puts(world: &World) -> Vec<Change> {
    world.list(&Kind::HttpRoute).cloned().map(Change::Put).collect()
}

/// One route for each Service `web-0`, `web-1` and so on.
fn routes(number: usize) -> World {
    let one = |nth: usize| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: web-{nth}, namespace: shop}}\n\
             spec: {{rules: [{{backendRefs: [{{name: web-{nth}, port: 80}}]}}]}}\n---\n"
        )
    };
    world(Box::leak((0..number).map(one).collect::<String>().into_boxed_str()))
}

fn staff() -> Staff {
    Staff::new(Wishes::default(), Vec::new())
}

#[tokio::test]
async fn a_stand_in_stays_while_somebody_names_its_service_and_is_retired_after() {
    let world = routes(2);
    let mut staff = staff();
    assert!(staff.update(&world, &puts(&world)).is_empty());
    let before = staff.view();
    staff.update(&world, &puts(&world));
    assert_eq!(staff.view(), before, "same ports, same answers");
    let gone = world.list(&Kind::HttpRoute).next().unwrap().key.clone();
    let retired = staff.update(&world, &[Change::Remove(gone)]);
    assert_eq!(retired.len(), 1, "kept for requests under way");
    assert_eq!((staff.view().len(), staff.upstreams().len()), (1, 1));
}

#[tokio::test]
async fn upstreams_that_stay_are_shared() {
    let world = routes(2);
    let mut staff = staff();
    staff.update(&world, &puts(&world));
    let before = staff.upstreams();
    staff.update(&world, &puts(&world));
    let after = staff.upstreams();
    assert!(before.iter().all(|(id, upstream)| Arc::ptr_eq(upstream, &after[id])));
}

#[tokio::test]
async fn more_stand_ins_than_files_share_a_socket() {
    let world = routes(5);
    let mut staff = Staff { most: 2, ..staff() };
    staff.update(&world, &puts(&world));
    let ports: Vec<u16> = staff
        .view()
        .iter()
        .filter_map(|stand_in| match &stand_in.backing {
            Backing::StandIn(address) => Some(address.port()),
            Backing::Own(_) | Backing::Direct(_) | Backing::NoEndpoint => None,
        })
        .collect();
    if cfg!(target_os = "linux") {
        assert_eq!(ports.len(), 5);
        assert!(ports[2] == ports[3] && ports[3] == ports[4] && ports[0] != ports[1], "{ports:?}");
        assert_eq!(staff.problems(&world), []);
    } else {
        assert_eq!(staff.problems(&world)[0].code, "stand-in-missing");
    }
}

#[tokio::test]
async fn a_fault_outlives_its_stand_in() {
    let world = routes(1);
    let mut staff = staff();
    staff.update(&world, &puts(&world));
    let id = Arc::clone(&staff.view()[0].backend);
    let fault = Fault { share: 0.5, code: 503, ..Fault::default() };
    staff.set_fault(&id, fault).unwrap();
    staff.update(&world, &[Change::Remove(world.list(&Kind::HttpRoute).next().unwrap().key.clone())]);
    assert!(staff.set_fault(&id, fault).is_err(), "nobody is there to be told");
    staff.update(&world, &puts(&world));
    assert_eq!(staff.view()[0].fault, fault);
}
