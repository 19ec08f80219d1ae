/* The passkey ceremony. Forms marked data-passkey stay hidden where the browser cannot do it; everything else on these pages needs no script. */
(function () {
  'use strict';

  const supported = window.PublicKeyCredential && navigator.credentials && window.isSecureContext;

  function toBytes(text) {
    const base64 = text.replace(/-/g, '+').replace(/_/g, '/').padEnd(Math.ceil(text.length / 4) * 4, '=');
    return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)).buffer;
  }

  function toText(bytes) {
    let binary = '';
    new Uint8Array(bytes).forEach((byte) => { binary += String.fromCharCode(byte); });
    return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }

  function withBytes(descriptors) {
    return (descriptors || []).map((one) => ({ ...one, id: toBytes(one.id) }));
  }

  async function get(options) {
    const publicKey = { ...options.publicKey, challenge: toBytes(options.publicKey.challenge) };
    publicKey.allowCredentials = withBytes(publicKey.allowCredentials);
    const credential = await navigator.credentials.get({ publicKey });
    const { response } = credential;
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: {
        clientDataJSON: toText(response.clientDataJSON),
        authenticatorData: toText(response.authenticatorData),
        signature: toText(response.signature),
        userHandle: response.userHandle ? toText(response.userHandle) : null,
      },
    };
  }

  async function create(options, alone) {
    const given = options.publicKey;
    const publicKey = { ...given, challenge: toBytes(given.challenge), user: { ...given.user, id: toBytes(given.user.id) } };
    publicKey.excludeCredentials = withBytes(publicKey.excludeCredentials);
    publicKey.authenticatorSelection = {
      ...given.authenticatorSelection,
      residentKey: alone ? 'required' : 'discouraged',
      requireResidentKey: alone,
      ...(alone ? { userVerification: 'required' } : {}),
    };
    const credential = await navigator.credentials.create({ publicKey });
    const { response } = credential;
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: {
        clientDataJSON: toText(response.clientDataJSON),
        attestationObject: toText(response.attestationObject),
        transports: response.getTransports ? response.getTransports() : [],
      },
    };
  }

  async function fetchOptions(form) {
    const answer = await fetch(form.action, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error('options');
    return (await answer.json()).request_options;
  }

  function pageOptions() {
    return JSON.parse(document.getElementById('passkey-options').textContent);
  }

  async function perform(form) {
    switch (form.dataset.passkey) {
      case 'sign-in': return get(await fetchOptions(form));
      case 'create': return create(pageOptions().creation_options, form.elements.passwordless.checked);
      default: return get(pageOptions().request_options);
    }
  }

  function explain(error) {
    if (error.name === 'InvalidStateError') return '这台设备或这把密钥已经添加过了。';
    if (error.name === 'NotAllowedError') return '没有完成：您取消了，或等待时间过长。请再试一次。';
    return '这次没有成功，请再试一次；仍不行时请改用密码或验证器。';
  }

  document.querySelectorAll('form[data-passkey]').forEach((form) => {
    if (!supported) {
      document.querySelectorAll('[data-passkey-absent]').forEach((note) => { note.hidden = false; });
      return;
    }
    form.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const button = form.querySelector('button[type="submit"]');
      const problem = form.querySelector('[data-passkey-error]');
      problem.hidden = true;
      button.setAttribute('aria-busy', 'true');
      try {
        form.elements.credential.value = JSON.stringify(await perform(form));
        form.submit();
      } catch (error) {
        problem.textContent = explain(error);
        problem.hidden = false;
      } finally {
        button.removeAttribute('aria-busy');
      }
    });
  });
})();
