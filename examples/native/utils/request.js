const BAKERY = "https://crumb.example";

let token = "";

/** Be who this token stands for, from now on. */
export const use = (given) => {
  token = given;
};

/** Ask the bakery: what it answers, or a rejection with what `my.request` failed with. */
export const request = (path, { method = "GET", data } = {}) =>
  new Promise((resolve, reject) => {
    my.request({
      url: BAKERY + path,
      method,
      data,
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      success: (res) => resolve(res.data),
      fail: reject,
    });
  });
