(function () {
  var form = document.getElementById('buy');
  var message = document.getElementById('message');
  var poster = new URLSearchParams(location.search).get('poster') || 'tram';
  var config = null;

  fetch('/config.json')
    .then(function (res) { return res.json(); })
    .then(function (json) {
      config = json;
      IMP.init(config.code);
    });

  function post(url, body) {
    return fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  }

  function newUid() {
    return 'poster_' + Date.now() + '_' + Math.random().toString(36).slice(2, 10);
  }

  form.addEventListener('submit', function (event) {
    event.preventDefault();
    var uid = newUid(); // a new one for every press: the old one may be spent
    var name = document.getElementById('name').value;
    var email = document.getElementById('email').value;
    post('/api/draft', { merchant_uid: uid, poster: poster, name: name, email: email })
      .then(function (res) { return res.json(); })
      .then(function (draft) {
        IMP.request_pay({
          channelKey: config.channel,
          merchant_uid: uid,
          name: config.posters[poster].title,
          amount: draft.amount,
          currency: draft.currency,
          buyer_name: name,
          buyer_email: email,
          m_redirect_url: location.origin + '/payments/mobile',
        }, function (rsp) {
          if (!rsp.success) {
            message.textContent = 'Payment failed: ' + rsp.error_msg;
            return;
          }
          message.textContent = 'One moment, we are checking your payment ...';
          setTimeout(function () { // so that the webhook is there first
            post('/payments/complete', { imp_uid: rsp.imp_uid, merchant_uid: rsp.merchant_uid })
              .then(function (res) { return res.json(); })
              .then(function (json) {
                message.textContent = json.status === 'paid'
                  ? 'Thank you! We are printing your poster.'
                  : 'Payment failed: ' + json.message;
              });
          }, 1500);
        });
      });
  });
})();
