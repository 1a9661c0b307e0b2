  /* The payment window over a merchant's page, as part of the SDK of either generation, which says where its `service` is. */
  // What the widgets need to show themselves without scrolling, in CSS pixels; a smaller browser gets less.
  var SIZES = { pw_1: [460, 812], t3_1: [860, 730] };
  var LEAVE_LIMIT = 10 * 1000; // milliseconds

  function styled(element, style) {
    Object.assign(element.style, style);
    return element;
  }

  /* The window over the page: a modal dialog around the widget's frame. `done` is called once, with PortOne's answer, or with what
     `lost` makes up where none comes; `isOurs` tells whether an answer is about this payment. */
  function openWindow(opened, widget, isOurs, lost, done) {
    var wanted = SIZES[widget || "pw_1"] || SIZES.pw_1;
    var dialog = styled(document.createElement("dialog"), {
      position: "fixed", inset: "0", width: "100%", height: "100%", maxWidth: "none", maxHeight: "none", margin: "0",
      padding: "16px", border: "0", boxSizing: "border-box", background: "rgba(13, 20, 33, .62)", zIndex: "2147483647",
      display: "flex", alignItems: "center", justifyContent: "center",
    });
    dialog.setAttribute("aria-label", "Payment window");
    var holder = styled(document.createElement("div"), {
      position: "relative", width: "min(" + wanted[0] + "px, 100%)", height: "min(" + wanted[1] + "px, 100%)",
    });
    var frame = styled(document.createElement("iframe"), {
      width: "100%", height: "100%", border: "0", display: "block", borderRadius: "14px", background: "#fff",
      boxShadow: "0 24px 70px rgba(0, 0, 0, .4)", colorScheme: "light",
    });
    frame.title = "Payment window";
    frame.src = opened.widget_url;
    var cross = styled(document.createElement("button"), {
      position: "absolute", top: "-12px", right: "-12px", width: "34px", height: "34px", padding: "0", border: "0",
      borderRadius: "50%", background: "#fff", color: "#15202e", font: "400 22px/34px system-ui, sans-serif",
      boxShadow: "0 2px 10px rgba(0, 0, 0, .35)", cursor: "pointer",
    });
    cross.type = "button";
    cross.setAttribute("aria-label", "Close payment window");
    cross.textContent = "\u00d7";

    var overflow = document.documentElement.style.overflow;
    var giveUp = null;

    function finish(response) {
      window.removeEventListener("message", hear);
      clearTimeout(giveUp);
      if (dialog.open) dialog.close();
      dialog.remove();
      document.documentElement.style.overflow = overflow;
      done(response);
    }

    function hear(event) {
      var told = event.data;
      if (event.source !== frame.contentWindow || event.origin !== service) return;
      if (!told || told.type !== "portone:returned" || !isOurs(told.response)) return;
      finish(told.response);
    }

    // PortOne must learn that the buyer left, so the frame goes where the widget's own Close would have gone.
    function leave() {
      if (giveUp !== null) return;
      frame.src = opened.close_url;
      giveUp = setTimeout(function () {
        finish(lost("PortOne did not answer when the payment window was closed."));
      }, LEAVE_LIMIT);
    }

    window.addEventListener("message", hear);
    cross.addEventListener("click", leave);
    dialog.addEventListener("cancel", function (event) { event.preventDefault(); leave(); });
    holder.append(frame, cross);
    dialog.append(holder);
    (document.body || document.documentElement).append(dialog);
    document.documentElement.style.overflow = "hidden";
    if (dialog.showModal) dialog.showModal();
    else dialog.setAttribute("open", "");
    frame.focus();
  }
